package crosspoint.twin;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.avro.generic.GenericRecord;

/** Which reason stands for a lookup that gave no fresh, whole, live answer, as the example policy has it. */
final class Fallbacks {
  record Reason(
      int dependency,
      String kind,
      String outcome,
      String cause,
      String reason,
      String sentence,
      int waitedMs,
      String origin,
      Map<String, Object> substituted,
      List<String> flags) {}

  private static final String[] FLAG = {
    "MANUAL_LOOKUP", "BILLING_UNVERIFIED", "SCHEDULE_UNVERIFIED", "VERIFY_PRIORITY"
  };
  private static final String[] TITLE = {"CRM", "Billing", "Scheduling tool", "Priority database"};
  private static final List<Map<String, Object>> SUBSTITUTES =
      List.of(
          Map.of(),
          Map.of(),
          Map.of("open", true, "callbackOffered", false),
          Map.of("vip", false));

  private Fallbacks() {}

  static Object substitute(int dependency, String fact) {
    return SUBSTITUTES.get(dependency).get(fact);
  }

  /** With `last`, what is pending gave no answer; otherwise it was not needed. */
  static List<Reason> of(Request request, Rules.Route route, boolean last, long now) {
    List<Reason> reasons = new ArrayList<>();
    for (int index = 0; index < Rules.DEPENDENCIES.length; index++) {
      GenericRecord lookup = request.lookups[index];
      if (lookup == null) {
        if (last) reasons.add(none(index, route, (int) (now - request.arrivedAt)));
      } else {
        Reason reason = settled(index, lookup, route);
        if (reason != null) reasons.add(reason);
      }
    }
    return reasons;
  }

  static List<String> flagsOf(List<Reason> reasons) {
    TreeSet<String> flags = new TreeSet<>();
    for (Reason reason : reasons) flags.addAll(reason.flags());
    return List.copyOf(flags);
  }

  private static Reason none(int index, Rules.Route route, int waitedMs) {
    String sentence =
        TITLE[index] + " gave nothing within " + waitedMs + " ms, routed to " + route.target();
    String reason = Rules.DEPENDENCIES[index].toUpperCase() + "_NO_ANSWER";
    return new Reason(
        index, "FAILED", "NO_ANSWER", null, reason, sentence, waitedMs, "NONE",
        SUBSTITUTES.get(index), List.of(FLAG[index]));
  }

  private static Reason settled(int index, GenericRecord lookup, Rules.Route route) {
    String outcome = lookup.get("outcome").toString();
    String origin = lookup.get("origin").toString();
    boolean whole = ((List<?>) lookup.get("missing")).isEmpty() && !(Boolean) lookup.get("stale");
    if (outcome.equals("FOUND") && whole && origin.equals("LIVE")) return null;
    Object cause = lookup.get("cause");
    int waitedMs = (Integer) lookup.get("latencyMs");
    boolean state =
        outcome.endsWith("_MATCH")
            || (cause != null && List.of("CALLER_WITHHELD", "NEEDS_UNMET").contains(cause.toString()));
    String kind = state ? "STATE" : outcome.equals("FOUND") ? "DEGRADED" : "FAILED";
    String sentence =
        TITLE[index] + " " + outcome + (cause == null ? "" : " (" + cause + ")") + " after " + waitedMs
            + " ms, routed to " + route.target();
    String reason = Rules.DEPENDENCIES[index].toUpperCase() + "_" + outcome;
    Map<String, Object> substituted = outcome.equals("FOUND") ? Map.of() : SUBSTITUTES.get(index);
    return new Reason(
        index, kind, outcome, cause == null ? null : cause.toString(), reason, sentence, waitedMs,
        origin, substituted, state ? List.of() : List.of(FLAG[index]));
  }
}
