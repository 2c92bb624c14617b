package crosspoint.twin;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.avro.Schema;

/** Schemas by id and by subject, asked for once each. */
final class Registry {
  record Latest(int id, Schema schema) {}

  private static final Pattern ID = Pattern.compile("\"id\"\\s*:\\s*(\\d+)");
  private static final Pattern TEXT = Pattern.compile("\"schema\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");

  private final String url;
  private final String topicPrefix;
  private final HttpClient http = HttpClient.newHttpClient();
  private final Map<Integer, Schema> byId = new ConcurrentHashMap<>();
  private final Map<String, Latest> latest = new ConcurrentHashMap<>();

  Registry(String url, String topicPrefix) {
    this.url = url;
    this.topicPrefix = topicPrefix;
  }

  Schema schemaOf(int id) {
    return byId.computeIfAbsent(id, key -> parse(get("/schemas/ids/" + key)));
  }

  Latest latestOf(String topic) {
    return latest.computeIfAbsent(topic, key -> {
      String answer = get("/subjects/" + topicPrefix + key + "-value/versions/latest");
      return new Latest(Integer.parseInt(find(ID, answer)), parse(answer));
    });
  }

  private String get(String path) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url + path)).timeout(Duration.ofSeconds(5)).build();
    try {
      HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() == 200) return response.body();
      throw new IllegalStateException(path + ": " + response.statusCode());
    } catch (IOException | InterruptedException error) {
      throw new IllegalStateException(path, error);
    }
  }

  private static Schema parse(String answer) {
    String text = find(TEXT, answer).replace("\\\"", "\"").replace("\\n", "\n").replace("\\\\", "\\");
    return new Schema.Parser().parse(text);
  }

  private static String find(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.find()) throw new IllegalStateException("the registry's answer has no " + pattern);
    return matcher.group(1);
  }
}
