//! Tells a person, in words, that a run did not end verified.
