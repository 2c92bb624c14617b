package crosspoint.twin;

import org.apache.avro.generic.GenericRecord;

/** One route request while it is open: its arrival and what settled, with the bytes they came in. */
final class Request {
  final String key;
  GenericRecord arrival;
  byte[] arrivalBytes;
  int partition;
  long offset;
  long arrivedAt;
  long decideBy = Long.MAX_VALUE;
  final GenericRecord[] lookups = new GenericRecord[Rules.DEPENDENCIES.length];
  final byte[][] lookupBytes = new byte[Rules.DEPENDENCIES.length][];
  final long[] settledAt = new long[Rules.DEPENDENCIES.length];
  final long[] settledOffset = new long[Rules.DEPENDENCIES.length];

  Request(String key) {
    this.key = key;
  }

  boolean settled() {
    for (GenericRecord lookup : lookups) if (lookup == null) return false;
    return true;
  }
}
