package crosspoint.twin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.Schema;

/** Schemas by id and by subject, asked for once each. */
final class Registry {
  record Latest(int id, Schema schema) {}

  private static final ObjectMapper JSON = new ObjectMapper();

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
      JsonNode answer = get("/subjects/" + topicPrefix + key + "-value/versions/latest");
      return new Latest(answer.get("id").asInt(), parse(answer));
    });
  }

  private JsonNode get(String path) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url + path)).timeout(Duration.ofSeconds(5)).build();
    try {
      HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() == 200) return JSON.readTree(response.body());
      throw new IllegalStateException(path + ": " + response.statusCode());
    } catch (IOException | InterruptedException error) {
      throw new IllegalStateException(path, error);
    }
  }

  private static Schema parse(JsonNode answer) {
    return new Schema.Parser().parse(answer.get("schema").asText());
  }
}
