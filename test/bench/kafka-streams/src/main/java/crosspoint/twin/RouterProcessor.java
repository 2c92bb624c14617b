package crosspoint.twin;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The join: arrivals and settled lookups of a partition, decided when certain, at the deadline by
 * wall-clock punctuation. Open requests are written to the store at each change and kept decoded beside
 * it, so that a lookup costs no decoding of what came before.
 */
final class RouterProcessor extends ContextualProcessor<String, byte[], String, Outgoing> {
  static final String OPEN = "open";
  static final String DECIDED = "decided";
  private static final Duration TICK = Duration.ofMillis(10);
  private static final long HORIZON_MS = 60_000;
  private static final long EARLY_MS = 10_000;

  private record Marker(String key, long until) {}

  private final Registry registry;
  private final byte[] tokenKey;
  private final long windowMs;
  private final long publishMarginMs;
  private final Map<String, Request> requests = new HashMap<>();
  private final PriorityQueue<Request> due =
      new PriorityQueue<>((one, other) -> Long.compare(one.decideBy, other.decideBy));
  private final ArrayDeque<Marker> markers = new ArrayDeque<>();
  private Wire wire;
  private Records records;
  private KeyValueStore<String, byte[]> open;
  private KeyValueStore<String, Long> decided;

  RouterProcessor(Registry registry, byte[] tokenKey, long windowMs, long publishMarginMs) {
    this.registry = registry;
    this.tokenKey = tokenKey;
    this.windowMs = windowMs;
    this.publishMarginMs = publishMarginMs;
  }

  @Override
  public void init(org.apache.kafka.streams.processor.api.ProcessorContext<String, Outgoing> context) {
    super.init(context);
    wire = new Wire(registry);
    records = new Records(wire, tokenKey);
    open = context.getStateStore(OPEN);
    decided = context.getStateStore(DECIDED);
    restore();
    context.schedule(TICK, PunctuationType.WALL_CLOCK_TIME, this::tick);
  }

  private void restore() {
    try (KeyValueIterator<String, byte[]> all = open.all()) {
      while (all.hasNext()) {
        KeyValue<String, byte[]> each = all.next();
        Request request = Snapshot.read(each.key, each.value, wire);
        requests.put(each.key, request);
        if (request.arrival != null) expect(request);
      }
    }
    List<Marker> known = new ArrayList<>();
    try (KeyValueIterator<String, Long> all = decided.all()) {
      while (all.hasNext()) {
        KeyValue<String, Long> each = all.next();
        known.add(new Marker(each.key, each.value + HORIZON_MS));
      }
    }
    known.sort((one, other) -> Long.compare(one.until(), other.until()));
    markers.addAll(known);
  }

  @Override
  public void process(Record<String, byte[]> record) {
    RecordMetadata where = context().recordMetadata().orElseThrow();
    GenericRecord value = wire.decode(record.value());
    if (value == null) return;
    String key = value.get("callId") + " " + value.get("requestNo");
    if (decided.get(key) != null) return;
    Request request = requests.computeIfAbsent(key, Request::new);
    if (value.getSchema().getName().equals("CallArrived")) arrive(request, value, record, where);
    else settle(request, value, record, where);
    if (request.arrival != null && tryDecide(request, false)) return;
    open.put(key, Snapshot.of(request));
  }

  private void arrive(Request request, GenericRecord value, Record<String, byte[]> record, RecordMetadata where) {
    if (request.arrival != null) return;
    request.arrival = value;
    request.arrivalBytes = record.value();
    request.partition = where.partition();
    request.offset = where.offset();
    request.arrivedAt = record.timestamp();
    expect(request);
  }

  private void expect(Request request) {
    Object within = request.arrival.get("decideWithinMs");
    long limitMs = within == null ? windowMs : Math.min(windowMs, (Integer) within);
    request.decideBy = request.arrivedAt + limitMs;
    due.add(request);
  }

  private void settle(Request request, GenericRecord value, Record<String, byte[]> record, RecordMetadata where) {
    String dependency = value.get("dependency").toString();
    for (int index = 0; index < Rules.DEPENDENCIES.length; index++) {
      // The first settled record counts, later ones never.
      if (!Rules.DEPENDENCIES[index].equals(dependency) || request.lookups[index] != null) continue;
      request.lookups[index] = value;
      request.lookupBytes[index] = record.value();
      request.settledAt[index] = record.timestamp();
      request.settledOffset[index] = where.offset();
      if (request.arrival == null) request.arrivedAt = record.timestamp();
    }
  }

  private void tick(long nowMs) {
    while (!due.isEmpty() && due.peek().decideBy - publishMarginMs <= nowMs) {
      Request request = due.poll();
      if (requests.get(request.key) == request) tryDecide(request, true);
    }
    while (!markers.isEmpty() && markers.peek().until() <= nowMs) decided.delete(markers.poll().key());
    requests.values().removeIf(request -> isForgotten(request, nowMs));
  }

  /** Lookups of a call that never arrived. */
  private boolean isForgotten(Request request, long nowMs) {
    boolean gone = request.arrival == null && request.arrivedAt + EARLY_MS < nowMs;
    if (gone) open.delete(request.key);
    return gone;
  }

  private boolean tryDecide(Request request, boolean last) {
    Rules.Route route = Rules.decide(request, last);
    if (route == null) return false;
    long now = context().currentSystemTimeMs();
    String trigger = last ? "DEADLINE" : request.settled() ? "ALL_SETTLED" : "OUTCOME_CERTAIN";
    List<Fallbacks.Reason> reasons = Fallbacks.of(request, route, last, now);
    GenericRecord decision = records.routed(request, route, reasons, trigger, last, now);
    String callId = decision.get("callId").toString();
    forward("call.routed", callId, decision, request.partition, headersOf(decision), now);
    GenericRecord audited = records.audited(decision, request, last, now);
    forward("audit.decision", callId, audited, request.partition, new RecordHeaders(), now);
    for (GenericRecord applied : records.applied(decision)) {
      forward("audit.fallback", callId, applied, request.partition, new RecordHeaders(), now);
    }
    requests.remove(request.key);
    due.remove(request);
    open.delete(request.key);
    decided.put(request.key, now);
    markers.add(new Marker(request.key, now + HORIZON_MS));
    return true;
  }

  private void forward(
      String topic, String key, GenericRecord record, int partition, RecordHeaders headers, long now) {
    Outgoing value = new Outgoing(partition, wire.encode(topic, record));
    context().forward(new Record<>(key, value, now, headers), topic);
  }

  private static RecordHeaders headersOf(GenericRecord decision) {
    RecordHeaders headers = new RecordHeaders();
    put(headers, "call-id", decision.get("callId"));
    put(headers, "request-no", decision.get("requestNo"));
    put(headers, "decision-id", decision.get("decisionId"));
    put(headers, "decided-at", decision.get("decidedAt"));
    put(headers, "lane", decision.get("lane"));
    return headers;
  }

  private static void put(RecordHeaders headers, String name, Object value) {
    headers.add(name, value.toString().getBytes(StandardCharsets.UTF_8));
  }
}
