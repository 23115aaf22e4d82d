# The two commands a newcomer needs. Everything else: `cargo xtask --help`.

.PHONY: demo test bench

## Two phones and a server in the browser; installs what it lacks first. Ctrl-C stops everything.
demo:
	@exec cargo xtask demo

## Every test; installs what it lacks first.
test:
	@exec cargo xtask test

## Our figures beside the floors, as ratios.
bench:
	@exec cargo xtask bench
