// Flink SQL as a peer of the engine: a query as a job that drains its input topics on a cluster within this process, and
// what that cost. The benchmark starts it as a process a run and checks what it wrote.
//
// Standard output: one line of JSON, as of the benchmark's own programs, with the CPU seconds before the first record and
// those of the warm half beside. Exit code 1: it failed, the reason is on standard error.

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.StatementSet;
import org.apache.flink.table.api.TableEnvironment;

public final class Peer {
  /** How often progress is looked at. */
  private static final long LOOK_MS = 5;
  /** Without a record, or the end, for so long the run has failed. */
  private static final Duration SILENCE = Duration.ofSeconds(120);

  private Peer() {}

  public static void main(String[] words) {
    int code = 0;
    try {
      Doubles.writeShortest();
      System.out.println(run(Arguments.parse(words)));
    } catch (Exception e) {
      e.printStackTrace();
      code = 1;
    }
    System.exit(code);
  }

  private static String run(Arguments arguments) throws Exception {
    TableEnvironment flink = TableEnvironment.create(
        EnvironmentSettings.newInstance().inStreamingMode().withConfiguration(Settings.of(arguments)).build());
    Statements statements = Statements.of(arguments);
    statements.tables().forEach(flink::executeSql);
    StatementSet all = flink.createStatementSet();
    statements.inserts().forEach(all::addInsertSql);
    JobClient job = all.execute().getJobClient().orElseThrow();
    Meter meter = new Meter();
    CompletableFuture<JobExecutionResult> end = job.getJobExecutionResult();
    long read = 0;
    long heard = System.nanoTime();
    // A job over topics with an end is done when all of its results are committed.
    while (!end.isDone()) {
      Thread.sleep(LOOK_MS);
      long now = Progress.count();
      if (now > 0) meter.begin();
      if (now * 2 >= arguments.records()) meter.half(now);
      if (now > read) heard = System.nanoTime();
      read = now;
      if (System.nanoTime() - heard > SILENCE.toNanos()) {
        throw new IllegalStateException(read + " records were read, and then nothing for " + SILENCE.toSeconds() + " s");
      }
    }
    end.get();
    return meter.end(Progress.count(), 1);
  }
}
