package crosspoint.twin;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

/**
 * Avro in the registry's framing: a zero byte, the schema's id, the record. Readers and writers are
 * made once a schema; buffers are reused, so each stream thread has a Wire of its own.
 */
final class Wire {
  private static final int HEADER = 5;

  private final Registry registry;
  private final Map<Integer, GenericDatumReader<GenericRecord>> readers = new ConcurrentHashMap<>();
  private final Map<String, GenericDatumWriter<GenericRecord>> writers = new ConcurrentHashMap<>();
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(4096);
  private BinaryDecoder decoder;
  private BinaryEncoder encoder;

  Wire(Registry registry) {
    this.registry = registry;
  }

  /** Null when the bytes are none of ours. */
  GenericRecord decode(byte[] value) {
    if (value == null || value.length < HEADER || value[0] != 0) return null;
    int id = ByteBuffer.wrap(value, 1, 4).getInt();
    GenericDatumReader<GenericRecord> reader =
        readers.computeIfAbsent(id, key -> new GenericDatumReader<>(registry.schemaOf(key)));
    try {
      decoder = DecoderFactory.get().binaryDecoder(value, HEADER, value.length - HEADER, decoder);
      return reader.read(null, decoder);
    } catch (IOException | RuntimeException error) {
      return null;
    }
  }

  byte[] encode(String topic, GenericRecord record) {
    Registry.Latest latest = registry.latestOf(topic);
    GenericDatumWriter<GenericRecord> writer =
        writers.computeIfAbsent(topic, key -> new GenericDatumWriter<>(latest.schema(), GenericData.get()));
    try {
      bytes.reset();
      bytes.write(ByteBuffer.allocate(HEADER).put((byte) 0).putInt(latest.id()).array());
      encoder = EncoderFactory.get().binaryEncoder(bytes, encoder);
      writer.write(record, encoder);
      encoder.flush();
      return bytes.toByteArray();
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  Schema schemaFor(String topic) {
    return registry.latestOf(topic).schema();
  }
}
