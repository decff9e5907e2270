// How many records the sources have read, as Flink's own metrics count them: nothing is added to what a record costs.
// Flink makes the reporter itself, by the name of its factory, and tells it of every metric that there is.

import java.util.List;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;

/** Of all jobs of this process, which has but one. */
public final class Progress implements MetricReporter {
  private static final List<Counter> READ = new CopyOnWriteArrayList<>();

  public static final class Factory implements MetricReporterFactory {
    @Override
    public MetricReporter createMetricReporter(Properties properties) {
      return new Progress();
    }
  }

  static long count() {
    return READ.stream().mapToLong(Counter::getCount).sum();
  }

  @Override
  public void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
    String operator = group.getAllVariables().get("<operator_name>");
    if (operator == null || !operator.startsWith("Source: ") || !name.equals("numRecordsIn")) return;
    if (metric instanceof Counter counter) READ.add(counter);
  }

  /** What a source has counted stays when it has ended. */
  @Override
  public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {}

  @Override
  public void open(MetricConfig config) {}

  @Override
  public void close() {}
}
