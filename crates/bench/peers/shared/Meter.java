// CPU seconds, time and memory of this process, as the kernel counts them: all threads, those of the garbage collector,
// the JIT compiler and RocksDB included. The same files are read as for every other program of the benchmark.

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

final class Meter {
  private static final double TICKS_PER_S = 100.0;

  private double startCpu = Double.NaN;
  private long startNanos;
  private double halfCpu = Double.NaN;
  private long halfRecords;

  /** The clients are connected. Only the first call counts. */
  synchronized void begin() {
    if (!Double.isNaN(startCpu)) return;
    startCpu = cpu();
    startNanos = System.nanoTime();
  }

  /** So many records were processed; from here on the JIT compiler has done its work. Only the first call counts. */
  synchronized void half(long records) {
    if (!Double.isNaN(halfCpu)) return;
    halfCpu = cpu();
    halfRecords = records;
  }

  /**
   * All queries have committed so many records, the same ones, which count once: the measurement as one line of JSON.
   * What was processed again after a transaction was lost does not count twice.
   */
  synchronized String end(long records, int queries) {
    double now = cpu();
    double wall = (System.nanoTime() - startNanos) / 1e9;
    return String.format(Locale.ROOT,
        "{\"cpu_s\":%.3f,\"wall_s\":%.3f,\"peak_rss_mb\":%.1f,\"records\":%d,\"start_cpu_s\":%.3f,"
            + "\"warm\":{\"cpu_s\":%.3f,\"records\":%d}}",
        now - startCpu, wall, peakMegabytes(), records, startCpu, now - halfCpu,
        records - halfRecords / queries);
  }

  /** Fields 14 and 15 of /proc/self/stat; the second field, the name in brackets, may hold anything. */
  private static double cpu() {
    String stat = read("/proc/self/stat");
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_S;
  }

  private static double peakMegabytes() {
    return read("/proc/self/status").lines().filter(line -> line.startsWith("VmHWM:"))
        .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) / 1024).findFirst().orElse(Double.NaN);
  }

  private static String read(String path) {
    try {
      return Files.readString(Path.of(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
