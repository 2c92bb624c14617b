package crosspoint.twin;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;

/** The records of a decision: call.routed for the ACD, audit.decision and audit.fallback for analysts. */
final class Records {
  private static final Set<String> TOKENS = Set.of("customerId", "openTicketId");
  private static final Set<String> DROPPED = Set.of("name", "lastContactAt", "balanceCents");
  private static final List<String> INPUTS =
      List.of("channel", "dnis", "language", "ivrChoice", "ivrIntent", "callerAuth", "aniPresentation", "aniVerification");
  private static final String VERSION = "twin";

  private final Schema routed;
  private final Schema audited;
  private final Schema applied;
  private final Mac mac;
  private final MessageDigest sha;

  Records(Wire wire, byte[] key) {
    routed = wire.schemaFor("call.routed");
    audited = wire.schemaFor("audit.decision");
    applied = wire.schemaFor("audit.fallback");
    try {
      mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      sha = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException | InvalidKeyException error) {
      throw new IllegalStateException(error);
    }
  }

  GenericRecord routed(
      Request request, Rules.Route route, List<Fallbacks.Reason> reasons, String trigger, boolean last, long now) {
    GenericRecord record = new GenericData.Record(routed);
    StringBuilder went = new StringBuilder().append(request.partition).append('|').append(request.offset);
    for (long offset : request.settledOffset) went.append('|').append(offset);
    record.put("callId", request.arrival.get("callId"));
    record.put("requestNo", request.arrival.get("requestNo"));
    record.put("decisionId", hash(went.append('|').append(trigger).append('|').append(now).toString()));
    record.put("target", target(routed.getField("target").schema(), route.type(), route.target()));
    record.put("priority", route.priority());
    record.put("skills", skills(route));
    record.put("language", route.language());
    record.put("preferredAgent", agent(route));
    Schema overflow = routed.getField("target").schema();
    record.put("overflowTarget", route.overflow() == null ? null : target(overflow, "QUEUE", route.overflow()));
    record.put("treatment", route.treatment());
    record.put("flags", Fallbacks.flagsOf(reasons));
    record.put("trigger", symbol(routed.getField("trigger").schema(), trigger));
    record.put("ruleId", route.ruleId());
    record.put("policyName", "example");
    record.put("policyVersion", VERSION);
    record.put("fallbacks", fallbacks(reasons));
    record.put("lookups", lookups(request, last, now, false));
    record.put("context", context(request));
    record.put("arrival", inputs(request.arrival));
    record.put("callerAuth", copy(routed, "callerAuth", request.arrival.get("callerAuth")));
    GenericRecord agent = (GenericRecord) request.arrival.get("virtualAgent");
    record.put("summary", agent == null ? null : agent.get("summary"));
    record.put("transferOf", request.arrival.get("transferOf"));
    caller(record, request.arrival);
    record.put("arrivalAt", coordinates(routed, "arrivalAt", "call.arrived", request.partition, request.offset));
    record.put("arrivedAt", request.arrivedAt);
    record.put("decideBy", request.decideBy);
    record.put("decidedAt", now);
    record.put("deliverable", true);
    record.put("lane", symbol(routed.getField("lane").schema(), "PRIMARY"));
    record.put("routerId", VERSION);
    record.put("coreVersion", VERSION);
    return record;
  }

  GenericRecord audited(GenericRecord decision, Request request, boolean last, long now) {
    GenericRecord record = new GenericData.Record(audited);
    for (Schema.Field field : audited.getFields()) {
      if (routed.getField(field.name()) != null) {
        record.put(field.name(), convert(field.schema(), decision.get(field.name())));
      }
    }
    record.put("effective", true);
    record.put("lookups", convert(audited.getField("lookups").schema(), lookups(request, last, now, true)));
    record.put("routedAt", coordinates(audited, "routedAt", "call.routed", request.partition, -1));
    record.put("appendedAt", now);
    record.put("digest", hash(record.toString()));
    return record;
  }

  List<GenericRecord> applied(GenericRecord decision) {
    List<GenericRecord> records = new ArrayList<>();
    for (Object each : (List<?>) decision.get("fallbacks")) {
      GenericRecord fallback = (GenericRecord) each;
      GenericRecord record = new GenericData.Record(applied);
      for (Schema.Field field : applied.getFields()) {
        GenericRecord from = fallback.getSchema().getField(field.name()) != null ? fallback : decision;
        if (from.getSchema().getField(field.name()) != null) {
          record.put(field.name(), convert(field.schema(), from.get(field.name())));
        }
      }
      String event = decision.get("decisionId") + "|" + fallback.get("dependency") + "|" + fallback.get("reason");
      record.put("eventId", hash(event));
      record.put("appendedAt", decision.get("decidedAt"));
      records.add(record);
    }
    return records;
  }

  String hash(String text) {
    return HexFormat.of().formatHex(sha.digest(text.getBytes(StandardCharsets.UTF_8))).substring(0, 32);
  }

  private String token(String text) {
    return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8))).substring(0, 32);
  }

  private void caller(GenericRecord record, GenericRecord arrival) {
    Object ani = arrival.get("ani");
    if (ani == null || !arrival.get("aniPresentation").toString().equals("ALLOWED")) return;
    String number = ani.toString();
    record.put("callerToken", token(number));
    record.put("tokenKeyId", VERSION);
    record.put("callerMasked", "*".repeat(number.length() - 2) + number.substring(number.length() - 2));
  }

  private List<GenericRecord> lookups(Request request, boolean last, long now, boolean redacted) {
    Schema schema = routed.getField("lookups").schema().getElementType();
    List<GenericRecord> used = new ArrayList<>();
    for (int index = 0; index < Rules.DEPENDENCIES.length; index++) {
      GenericRecord lookup = request.lookups[index];
      GenericRecord record = new GenericData.Record(schema);
      record.put("dependency", Rules.DEPENDENCIES[index]);
      if (lookup == null) {
        pending(record, last, (int) (now - request.arrivedAt));
      } else {
        for (Schema.Field field : schema.getFields()) {
          if (lookup.getSchema().getField(field.name()) != null) {
            record.put(field.name(), convert(field.schema(), lookup.get(field.name())));
          }
        }
        if (redacted) record.put("facts", redact((Map<?, ?>) lookup.get("facts")));
        record.put("settledAt", request.settledAt[index]);
        record.put("settledOffset", request.settledOffset[index]);
      }
      used.add(record);
    }
    return used;
  }

  private void pending(GenericRecord record, boolean last, int waitedMs) {
    Schema schema = record.getSchema();
    record.put("outcome", symbol(schema.getField("outcome").schema(), last ? "NO_ANSWER" : "NOT_NEEDED"));
    record.put("origin", symbol(schema.getField("origin").schema(), "NONE"));
    record.put("stale", false);
    record.put("missing", List.of());
    record.put("facts", Map.of());
    record.put("asked", "");
    record.put("attempts", 0);
    record.put("latencyMs", last ? waitedMs : 0);
    record.put("budgetMs", 0);
    record.put("detail", "");
  }

  private Map<String, Object> redact(Map<?, ?> facts) {
    Map<String, Object> kept = new HashMap<>();
    facts.forEach((name, value) -> {
      String fact = name.toString();
      if (DROPPED.contains(fact) || value == null) return;
      kept.put(fact, TOKENS.contains(fact) ? token(value.toString()) : value);
    });
    return kept;
  }

  private static Map<String, Object> context(Request request) {
    Map<String, Object> facts = new HashMap<>();
    for (GenericRecord lookup : request.lookups) {
      if (lookup != null) ((Map<?, ?>) lookup.get("facts")).forEach((name, value) -> facts.put(name.toString(), value));
    }
    return facts;
  }

  private static Map<String, Object> inputs(GenericRecord arrival) {
    Map<String, Object> inputs = new HashMap<>();
    for (String name : INPUTS) {
      Object value = arrival.get(name);
      if (value != null) inputs.put(name, value.toString());
    }
    return inputs;
  }

  private List<GenericRecord> fallbacks(List<Fallbacks.Reason> reasons) {
    Schema schema = routed.getField("fallbacks").schema().getElementType();
    List<GenericRecord> records = new ArrayList<>();
    for (Fallbacks.Reason reason : reasons) {
      GenericRecord record = new GenericData.Record(schema);
      record.put("dependency", Rules.DEPENDENCIES[reason.dependency()]);
      record.put("kind", symbol(schema.getField("kind").schema(), reason.kind()));
      record.put("outcome", symbol(schema.getField("outcome").schema(), reason.outcome()));
      Schema cause = schema.getField("cause").schema().getTypes().get(1);
      record.put("cause", reason.cause() == null ? null : symbol(cause, reason.cause()));
      record.put("reason", reason.reason());
      record.put("sentence", reason.sentence());
      record.put("waitedMs", reason.waitedMs());
      record.put("origin", symbol(schema.getField("origin").schema(), reason.origin()));
      record.put("stale", false);
      record.put("missing", List.of());
      record.put("substituted", reason.substituted());
      record.put("flags", reason.flags());
      record.put("decisive", symbol(schema.getField("decisive").schema(), "UNKNOWN"));
      records.add(record);
    }
    return records;
  }

  private List<GenericRecord> skills(Rules.Route route) {
    if (route.skill() == null) return List.of();
    GenericRecord skill = new GenericData.Record(routed.getField("skills").schema().getElementType());
    skill.put("name", route.skill());
    skill.put("minLevel", route.minLevel());
    return List.of(skill);
  }

  private GenericRecord agent(Rules.Route route) {
    if (route.agent() == null) return null;
    Schema schema = routed.getField("preferredAgent").schema().getTypes().get(1);
    GenericRecord agent = new GenericData.Record(schema);
    agent.put("id", route.agent());
    agent.put("waitMs", route.agentWaitMs());
    return agent;
  }

  private static GenericRecord target(Schema schema, String type, String id) {
    GenericRecord target = new GenericData.Record(schema);
    target.put("type", symbol(schema.getField("type").schema(), type));
    target.put("id", id);
    return target;
  }

  private static GenericRecord coordinates(Schema of, String field, String topic, int partition, long offset) {
    GenericRecord place = new GenericData.Record(of.getField(field).schema());
    place.put("topic", topic);
    place.put("partition", partition);
    place.put("offset", offset);
    return place;
  }

  private static Object copy(Schema of, String field, Object value) {
    return convert(of.getField(field).schema(), value);
  }

  private static GenericData.EnumSymbol symbol(Schema schema, String name) {
    return new GenericData.EnumSymbol(schema, name);
  }

  /** Schemas of two topics hold the same types under one name; a value must carry those of its own. */
  private static Object convert(Schema schema, Object value) {
    if (value == null) return null;
    switch (schema.getType()) {
      case UNION:
        for (Schema each : schema.getTypes()) {
          if (each.getType() == Schema.Type.ENUM || each.getType() == Schema.Type.RECORD) return convert(each, value);
        }
        return value;
      case ENUM:
        return symbol(schema, value.toString());
      case ARRAY:
        List<Object> items = new ArrayList<>();
        for (Object item : (List<?>) value) items.add(convert(schema.getElementType(), item));
        return items;
      case RECORD:
        GenericRecord record = new GenericData.Record(schema);
        for (Schema.Field field : schema.getFields()) {
          record.put(field.name(), convert(field.schema(), ((GenericRecord) value).get(field.name())));
        }
        return record;
      default:
        return value;
    }
  }
}
