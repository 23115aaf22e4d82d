//! One phone a release behind the server, and one ahead of it. Real exchanges of the first release were recorded (tests/fixtures/first-release); an old
//! phone's requests go to this server, and an old server's answers to this phone. Both are read by what programs of that time could read.

mod new_phone;
mod old_phone;
mod recording;
mod words;
