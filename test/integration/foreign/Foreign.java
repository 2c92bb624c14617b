// A switch, an ACD and an analyst in another language: knows the brokers, the registry and the names of
// the topics, nothing else. Publishes one call and prints its decision and one of its fallbacks.
// Arguments: brokers, registry address, topic prefix, call id.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.zip.CRC32;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Utils;

public class Foreign {
  static final ObjectMapper JSON = new ObjectMapper();
  static final HttpClient HTTP = HttpClient.newHttpClient();
  static final Map<Integer, Schema> BY_ID = new HashMap<>();
  static final Duration PATIENCE = Duration.ofSeconds(30);

  static JsonNode ask(String url) throws Exception {
    HttpResponse<String> answer =
        HTTP.send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() != 200) throw new IllegalStateException(url + ": " + answer.statusCode());
    return JSON.readTree(answer.body());
  }

  /** Librdkafka's default: CRC-32 of the key, which is not what Java's own producer does. */
  static int crcPartition(byte[] key, int partitions) {
    CRC32 crc = new CRC32();
    crc.update(key);
    return (int) (crc.getValue() % partitions);
  }

  static byte[] framed(int id, Schema schema, GenericRecord record) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0);
    out.write(ByteBuffer.allocate(4).putInt(id).array());
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
    new GenericDatumWriter<GenericRecord>(schema).write(record, encoder);
    encoder.flush();
    return out.toByteArray();
  }

  static GenericRecord read(String registry, byte[] value) throws Exception {
    ByteBuffer bytes = ByteBuffer.wrap(value);
    bytes.get();
    int id = bytes.getInt();
    if (!BY_ID.containsKey(id)) {
      String text = ask(registry + "/schemas/ids/" + id).get("schema").asText();
      BY_ID.put(id, new Schema.Parser().parse(text));
    }
    return new GenericDatumReader<GenericRecord>(BY_ID.get(id))
        .read(null, DecoderFactory.get().binaryDecoder(value, 5, value.length - 5, null));
  }

  static GenericRecord call(Schema schema, String callId) {
    GenericRecord call = new GenericData.Record(schema);
    call.put("callId", callId);
    call.put("requestNo", 1);
    call.put("channel", "VOICE");
    call.put("ani", "+493023125123");
    call.put("dnis", "+493023125990");
    call.put("attributes", Map.of("region", "north"));
    for (Schema.Field field : schema.getFields()) {
      if (call.get(field.pos()) != null) continue;
      Schema type = field.schema();
      if (type.getType() != Schema.Type.ENUM) continue;
      String symbol = field.name().equals("aniPresentation") ? "ALLOWED" : type.getEnumSymbols().get(0);
      call.put(field.pos(), new GenericData.EnumSymbol(type, symbol));
    }
    return call;
  }

  public static void main(String[] arguments) throws Exception {
    String brokers = arguments[0];
    String registry = arguments[1];
    String prefix = arguments[2];
    String callId = arguments[3];
    JsonNode latest = ask(registry + "/subjects/" + prefix + "call.arrived-value/versions/latest");
    Schema schema = new Schema.Parser().parse(latest.get("schema").asText());

    Properties settings = new Properties();
    settings.put("bootstrap.servers", brokers);
    var consumer =
        new KafkaConsumer<byte[], byte[]>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    List<String> topics = List.of(prefix + "call.routed", prefix + "audit.fallback");
    List<TopicPartition> places =
        topics.stream()
            .flatMap(topic -> consumer.partitionsFor(topic).stream())
            .map(info -> new TopicPartition(info.topic(), info.partition()))
            .toList();
    consumer.assign(places);
    consumer.seekToEnd(places);
    places.forEach(consumer::position);

    settings.put("acks", "all");
    var producer =
        new KafkaProducer<byte[], byte[]>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    int partitions = producer.partitionsFor(prefix + "call.arrived").size();
    // The id's ending is counted up until the two partitioners differ.
    byte[] key = callId.getBytes(StandardCharsets.UTF_8);
    for (int count = 0; crcPartition(key, partitions) == usual(key, partitions); count += 1) {
      key = (callId + "-" + count).getBytes(StandardCharsets.UTF_8);
    }
    callId = new String(key, StandardCharsets.UTF_8);
    var record =
        new ProducerRecord<>(
            prefix + "call.arrived",
            crcPartition(key, partitions),
            key,
            framed(latest.get("id").asInt(), schema, call(schema, callId)));
    record.headers().add("request-no", "1".getBytes(StandardCharsets.UTF_8));
    var sent = producer.send(record).get();

    Map<String, GenericRecord> found = new HashMap<>();
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (found.size() < topics.size() && System.nanoTime() < until) {
      for (ConsumerRecord<byte[], byte[]> each : consumer.poll(Duration.ofMillis(200))) {
        GenericRecord value = read(registry, each.value());
        if (value.get("callId").toString().equals(callId)) found.putIfAbsent(each.topic(), value);
      }
    }
    producer.close();
    consumer.close();
    GenericRecord routed = found.get(topics.get(0));
    GenericRecord fallback = found.get(topics.get(1));
    if (routed == null || fallback == null) throw new IllegalStateException("found only " + found.keySet());
    Map<String, Object> told = new HashMap<>();
    told.put("callId", callId);
    told.put("partition", sent.partition());
    told.put("usualPartition", usual(key, partitions));
    told.put("target", ((GenericRecord) routed.get("target")).get("id").toString());
    told.put("trigger", routed.get("trigger").toString());
    told.put("decisionId", routed.get("decisionId").toString());
    told.put("fallbackOf", fallback.get("decisionId").toString());
    told.put("sentence", fallback.get("sentence").toString());
    System.out.println(JSON.writeValueAsString(told));
  }

  static int usual(byte[] key, int partitions) {
    return Utils.toPositive(Utils.murmur2(key)) % partitions;
  }
}
