//! One launch for Lambda, Cloud Run services, Cloud Run jobs and the command line.
