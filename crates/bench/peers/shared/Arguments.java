// What the benchmark asks of a run, and how it asks: `--name value` pairs, and `--each` alone.

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The command line.
 *
 * @param tuned whether the tuned shape runs instead of the one of ksqlDB; of peers that have but one always
 * @param exactlyOnce exactly_once_v2 instead of at_least_once
 * @param each whether every update leaves: no record cache, no mini-batches
 * @param queries how many queries of b13 run; 1 of others
 * @param records how many records all inputs hold together, read once
 * @param state the folder of stores and checkpoints, which the run makes and whoever started it removes
 */
record Arguments(String query, boolean tuned, boolean exactlyOnce, boolean each, String bootstrap, List<String> inputs,
    String output, long records, int queries, Path state) {

  static Arguments parse(String[] words) {
    Map<String, String> found = new HashMap<>();
    for (int at = 0; at < words.length; at++) {
      String name = words[at];
      found.put(name, name.equals("--each") || at + 1 == words.length ? "" : words[++at]);
    }
    for (String name : List.of("--query", "--guarantee", "--bootstrap", "--inputs", "--output", "--records", "--state")) {
      if (!found.containsKey(name)) throw new IllegalArgumentException(name + " is missing");
    }
    return new Arguments(
        found.get("--query"),
        oneOf(found.getOrDefault("--shape", "tuned"), "ksqldb", "tuned"),
        oneOf(found.get("--guarantee"), "at_least_once", "exactly_once_v2"),
        found.containsKey("--each"),
        found.get("--bootstrap"),
        List.of(found.get("--inputs").split(",")),
        found.get("--output"),
        Long.parseLong(found.get("--records")),
        Integer.parseInt(found.getOrDefault("--queries", "1")),
        Path.of(found.get("--state")));
  }

  /** The name of a query's application, its group and the front of its internal topics. */
  String application(int query) {
    return applications() + query;
  }

  /** How the names of all of them begin. */
  String applications() {
    return output + "-app-";
  }

  /** Whether it is the second of two words. */
  private static boolean oneOf(String word, String no, String yes) {
    if (!word.equals(no) && !word.equals(yes)) {
      throw new IllegalArgumentException(word + ": expected " + no + " or " + yes);
    }
    return word.equals(yes);
  }
}
