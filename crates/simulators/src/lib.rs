//! Local stand-ins for the services, with scripted failures.
