//! Messages to a topic: Pub/Sub or memory behind one narrow port.
