// How Flink is configured. Everything that is not here is Flink's default.

import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.configuration.Configuration;

final class Settings {
  /** The engine's epochs are as long. */
  private static final String CHECKPOINT_EVERY = "100 ms";
  /** Updates of a group merge for that long at most, as within the engine's epochs. */
  private static final String MERGE_FOR = "100 ms";
  /** Rows that a batch of updates holds: more than come in that time. */
  private static final String MERGE_ROWS = "100000";

  private Settings() {}

  /** One slot: its only rival on two cores would be the broker. A run that fails ends. */
  static Configuration of(Arguments arguments) {
    Map<String, String> settings = new TreeMap<>();
    settings.put("execution.runtime-mode", "STREAMING");
    settings.put("parallelism.default", "1");
    settings.put("pipeline.object-reuse", "true");
    settings.put("restart-strategy.type", "none");
    settings.put("execution.checkpointing.interval", CHECKPOINT_EVERY);
    settings.put("execution.checkpointing.mode", arguments.exactlyOnce() ? "EXACTLY_ONCE" : "AT_LEAST_ONCE");
    settings.put("execution.checkpointing.storage", "filesystem");
    settings.put("execution.checkpointing.dir", arguments.state().toAbsolutePath().toUri().toString());
    settings.put("state.backend.type", "hashmap");
    settings.put("table.local-time-zone", "UTC");
    settings.put("metrics.reporters", "progress");
    settings.put("metrics.reporter.progress.factory.class", Progress.Factory.class.getName());
    // Local sums first and then their sum would not be the sum in the order of the rows, to the last digit.
    settings.put("table.optimizer.agg-phase-strategy", arguments.query().equals("b5") ? "ONE_PHASE" : "AUTO");
    if (arguments.query().equals("b5") && !arguments.each()) {
      settings.put("table.exec.mini-batch.enabled", "true");
      settings.put("table.exec.mini-batch.allow-latency", MERGE_FOR);
      settings.put("table.exec.mini-batch.size", MERGE_ROWS);
    }
    return Configuration.fromMap(settings);
  }
}
