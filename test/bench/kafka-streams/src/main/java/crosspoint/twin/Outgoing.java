package crosspoint.twin;

/** Bytes for a topic, and the partition they belong to: that of the call's arrival. */
record Outgoing(int partition, byte[] bytes) {}
