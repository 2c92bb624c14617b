package crosspoint.twin;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.Stores;

/**
 * A router as a Kafka Streams program. Settings come from the environment: KAFKA_BROKERS,
 * SCHEMA_REGISTRY_URL, TOPIC_PREFIX, TOKEN_KEY, GUARANTEE (at_least_once or exactly_once_v2), THREADS,
 * COMMIT_MS, POLL_MS, LINGER_MS. Prints one JSON line when it runs.
 */
public final class Main {
  private static final long WINDOW_MS = 2500;
  private static final long PUBLISH_MARGIN_MS = 250;
  private static final String[] OUT = {"call.routed", "audit.decision", "audit.fallback"};

  private Main() {}

  public static void main(String[] args) throws InterruptedException {
    String prefix = setting("TOPIC_PREFIX", "");
    Registry registry = new Registry(setting("SCHEMA_REGISTRY_URL", ""), prefix);
    for (String topic : OUT) registry.latestOf(topic);
    byte[] key = setting("TOKEN_KEY", "twin").getBytes(StandardCharsets.UTF_8);
    KafkaStreams streams = new KafkaStreams(topology(prefix, registry, key), properties(prefix));
    CountDownLatch ended = new CountDownLatch(1);
    streams.setStateListener((now, before) -> {
      if (now == KafkaStreams.State.RUNNING) System.out.println("{\"msg\":\"ready\"}");
      if (now == KafkaStreams.State.ERROR || now == KafkaStreams.State.NOT_RUNNING) ended.countDown();
    });
    Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
    streams.start();
    ended.await();
  }

  private static Topology topology(String prefix, Registry registry, byte[] key) {
    Topology topology = new Topology();
    var text = Serdes.String();
    var bytes = Serdes.ByteArray();
    topology.addSource("arrived", text.deserializer(), bytes.deserializer(), prefix + "call.arrived");
    topology.addSource("lookup", text.deserializer(), bytes.deserializer(), prefix + "call.lookup");
    topology.addProcessor(
        "router",
        () -> new RouterProcessor(registry, key, WINDOW_MS, PUBLISH_MARGIN_MS),
        "arrived",
        "lookup");
    topology.addStateStore(
        Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(RouterProcessor.OPEN), text, bytes), "router");
    topology.addStateStore(
        Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(RouterProcessor.DECIDED), text, Serdes.Long()),
        "router");
    for (String topic : OUT) {
      topology.<String, Outgoing>addSink(
          topic,
          prefix + topic,
          text.serializer(),
          (name, value) -> value.bytes(),
          (name, id, value, partitions) -> Optional.of(Set.of(value.partition())),
          "router");
    }
    return topology;
  }

  private static Properties properties(String prefix) {
    Properties properties = new Properties();
    String commitMs = setting("COMMIT_MS", setting("GUARANTEE", "").startsWith("exactly") ? "25" : "1000");
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, prefix + "twin");
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, setting("KAFKA_BROKERS", ""));
    properties.put(StreamsConfig.STATE_DIR_CONFIG, setting("STATE_DIR", System.getProperty("java.io.tmpdir")));
    properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, setting("GUARANTEE", StreamsConfig.AT_LEAST_ONCE));
    properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, setting("THREADS", "2"));
    properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, commitMs);
    properties.put(StreamsConfig.POLL_MS_CONFIG, setting("POLL_MS", "5"));
    properties.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, "0");
    // Lookups need not wait for arrivals, nor the reverse: the join is by what came.
    properties.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, "-1");
    properties.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, "1");
    properties.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), setting("LINGER_MS", "0"));
    properties.put(StreamsConfig.producerPrefix(ProducerConfig.ACKS_CONFIG), "all");
    properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.FETCH_MIN_BYTES_CONFIG), "1");
    properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG), "50");
    properties.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    return properties;
  }

  private static String setting(String name, String otherwise) {
    String value = System.getenv(name);
    return value == null || value.isEmpty() ? otherwise : value;
  }
}
