// The only place that knows where the API's types come from.
export type * from './api-types'
