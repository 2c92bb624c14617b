package crosspoint.twin;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import org.apache.avro.generic.GenericRecord;

/** The example policy's rules, written out in Java: what a team would do that has no policy language. */
final class Rules {
  static final String[] DEPENDENCIES = {"crm", "billing", "scheduling", "priority"};
  static final int CRM = 0;
  static final int BILLING = 1;
  static final int SCHEDULING = 2;
  static final int PRIORITY = 3;

  record Route(
      String ruleId,
      String type,
      String target,
      int priority,
      String skill,
      int minLevel,
      String language,
      String agent,
      int agentWaitMs,
      String overflow,
      String treatment) {}

  private static final String PARTNER_LINE = "+4930901820099";
  private static final ZoneId OFFICE = ZoneId.of("Europe/Berlin");

  private final GenericRecord arrival;
  private final GenericRecord[] lookups;
  private final long arrivedAt;
  private final boolean last;

  private Rules(Request request, boolean last) {
    arrival = request.arrival;
    lookups = request.lookups;
    arrivedAt = request.arrivedAt;
    this.last = last;
  }

  /** The route, null while a pending lookup may change it; with `last` pending ones count as failed. */
  static Route decide(Request request, boolean last) {
    return new Rules(request, last).first();
  }

  private Route first() {
    String called = text(arrival, "language");
    Truth vip = is(PRIORITY, "vip", Boolean.TRUE);
    if (vip == Truth.UNKNOWN) return null;
    if (vip == Truth.TRUE) return vipQueue("vip", called);
    Truth platinum = is(CRM, "tier", "PLATINUM");
    if (platinum == Truth.UNKNOWN) return null;
    if (platinum == Truth.TRUE) return vipQueue("platinum", called);
    if (PARTNER_LINE.equals(text(arrival, "dnis")) && !partnerOpen()) {
      return new Route("partner-line-closed", "VOICEMAIL", "voicemail", 5, null, 0, null, null, 0, null, "partner-hours");
    }
    Truth closed = is(SCHEDULING, "open", Boolean.FALSE);
    if (closed == Truth.UNKNOWN) return null;
    if (closed == Truth.TRUE) {
      return is(SCHEDULING, "callbackOffered", Boolean.TRUE) == Truth.TRUE
          ? new Route("closed-callback", "CALLBACK", "callback", 5, null, 0, called, null, 0, null, null)
          : new Route("closed-voicemail", "VOICEMAIL", "voicemail", 5, null, 0, called, null, 0, null, "closed");
    }
    return amongCustomers(called);
  }

  private Route amongCustomers(String called) {
    Truth unknown = unknownCaller();
    if (unknown == Truth.UNKNOWN) return null;
    if (unknown == Truth.TRUE) return queue("unknown-caller", "unknown-callers", 5, called, null);
    Object issue = fact(CRM, "knownIssue");
    if (issue != null) {
      return new Route("known-issue", "QUEUE", "specialists", 3, issue.toString(), 1, called, null, 0, "general", null);
    }
    Object team = fact(CRM, "openTicketId") == null ? null : fact(CRM, "ticketTeam");
    if (team != null && List.of("support-1", "support-2").contains(team.toString())) {
      Object owner = fact(CRM, "ticketOwner");
      String agent = owner == null ? null : owner.toString();
      String rule = "open-ticket-team-" + team.toString().charAt(8);
      return new Route(rule, "QUEUE", team.toString(), 3, null, 0, called, agent, 30_000, team.toString(), null);
    }
    if (equal(fact(CRM, "valueBand"), "HIGH") && is(SCHEDULING, "seniorOnShift", Boolean.FALSE) != Truth.TRUE) {
      return queue("high-value", "senior", 2, called, "general");
    }
    Truth billing = billing();
    if (billing == Truth.UNKNOWN) return null;
    if (billing == Truth.TRUE) return queue("billing", "billing", 4, called, "general");
    return byLanguage(called);
  }

  private Route byLanguage(String called) {
    if (called != null && !called.equals("de")) return skilled("language-chosen", called);
    Object known = fact(CRM, "language");
    if (called == null && known != null && !known.toString().equals("de")) {
      return skilled("language-known", known.toString());
    }
    if (confidence() >= 0.6) {
      return new Route("virtual-agent-hand-over", "QUEUE", "general", 4, null, 0, called, null, 0, null, "hand-over");
    }
    return queue("default", "general", 5, called == null ? "de" : called, null);
  }

  private static Route vipQueue(String rule, String language) {
    return queue(rule, "vip", 1, language, "general");
  }

  private static Route queue(String rule, String target, int priority, String language, String overflow) {
    return new Route(rule, "QUEUE", target, priority, null, 0, language, null, 0, overflow, null);
  }

  private static Route skilled(String rule, String language) {
    return new Route(rule, "QUEUE", "general", 5, "language-" + language, 3, language, null, 0, null, null);
  }

  private Truth unknownCaller() {
    GenericRecord crm = lookups[CRM];
    if (crm == null) return last ? Truth.FALSE : Truth.UNKNOWN;
    String outcome = crm.get("outcome").toString();
    Truth nobody = Truth.of(outcome.equals("NO_MATCH") || outcome.equals("MULTIPLE_MATCH"));
    return nobody.or(Truth.of(equal(crm.get("cause"), "CALLER_WITHHELD")));
  }

  private Truth billing() {
    Truth chosen =
        Truth.of(equal(arrival.get("ivrIntent"), "billing") || equal(arrival.get("ivrChoice"), "2"));
    GenericRecord agent = (GenericRecord) arrival.get("virtualAgent");
    boolean told = agent != null && equal(agent.get("intent"), "billing") && confidence() >= 0.6;
    return chosen.or(Truth.of(told)).or(is(BILLING, "pastDue", Boolean.TRUE));
  }

  private double confidence() {
    GenericRecord agent = (GenericRecord) arrival.get("virtualAgent");
    Object confidence = agent == null ? null : agent.get("confidence");
    return confidence == null ? 0 : (Double) confidence;
  }

  private boolean partnerOpen() {
    ZonedDateTime at = Instant.ofEpochMilli(arrivedAt).atZone(OFFICE);
    DayOfWeek day = at.getDayOfWeek();
    if (day == DayOfWeek.SATURDAY || day == DayOfWeek.SUNDAY) return false;
    return at.getHour() >= 8 && at.getHour() < (day == DayOfWeek.FRIDAY ? 15 : 18);
  }

  private Truth is(int dependency, String name, Object wanted) {
    if (lookups[dependency] == null && !last) return Truth.UNKNOWN;
    return Truth.of(equal(fact(dependency, name), wanted));
  }

  /** What the lookup said, or what its fallback puts in the place of nothing. */
  private Object fact(int dependency, String name) {
    GenericRecord lookup = lookups[dependency];
    Object told = lookup == null ? null : ((Map<?, ?>) lookup.get("facts")).get(key(lookup, name));
    return told != null ? told : Fallbacks.substitute(dependency, name);
  }

  private static Object key(GenericRecord lookup, String name) {
    for (Object each : ((Map<?, ?>) lookup.get("facts")).keySet()) {
      if (each.toString().equals(name)) return each;
    }
    return name;
  }

  private static boolean equal(Object value, Object wanted) {
    if (value == null) return false;
    return wanted instanceof String ? value.toString().equals(wanted) : value.equals(wanted);
  }

  private static String text(GenericRecord record, String field) {
    Object value = record.get(field);
    return value == null ? null : value.toString();
  }
}
