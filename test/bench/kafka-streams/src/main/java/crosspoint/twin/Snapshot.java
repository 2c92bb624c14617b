package crosspoint.twin;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** An open request as bytes of the state store, and back. The records stay encoded as they came. */
final class Snapshot {
  private Snapshot() {}

  static byte[] of(Request request) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      write(out, request.arrivalBytes);
      out.writeInt(request.partition);
      out.writeLong(request.offset);
      out.writeLong(request.arrivedAt);
      for (int index = 0; index < request.lookups.length; index++) {
        write(out, request.lookupBytes[index]);
        out.writeLong(request.settledAt[index]);
        out.writeLong(request.settledOffset[index]);
      }
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
    return bytes.toByteArray();
  }

  static Request read(String key, byte[] bytes, Wire wire) {
    Request request = new Request(key);
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      request.arrivalBytes = read(in);
      request.partition = in.readInt();
      request.offset = in.readLong();
      request.arrivedAt = in.readLong();
      for (int index = 0; index < request.lookups.length; index++) {
        request.lookupBytes[index] = read(in);
        request.settledAt[index] = in.readLong();
        request.settledOffset[index] = in.readLong();
        request.lookups[index] = wire.decode(request.lookupBytes[index]);
      }
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
    request.arrival = wire.decode(request.arrivalBytes);
    return request;
  }

  private static void write(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes == null ? -1 : bytes.length);
    if (bytes != null) out.write(bytes);
  }

  private static byte[] read(DataInputStream in) throws IOException {
    int length = in.readInt();
    return length < 0 ? null : in.readNBytes(length);
  }
}
