// The numbers in the queries, as in crates/bench/src/query.rs.

import java.time.Duration;

final class Queries {
  /** How long windows of b6 and b7 are, and how often one of b7 begins. */
  static final Duration SIZE = Duration.ofSeconds(60), ADVANCE = Duration.ofSeconds(10);
  /** How long windows and sessions take late rows. */
  static final Duration GRACE = Duration.ofSeconds(10);
  /** Sessions of b8 end after that. */
  static final Duration GAP = Duration.ofSeconds(30);
  /** Late rows may join sessions that are older than gap and grace: the store has to know them. */
  static final Duration SESSIONS_KEPT = Duration.ofSeconds(300);
  /** How far apart rows of b9 may be, and how late. */
  static final Duration WITHIN = Duration.ofSeconds(30), JOIN_GRACE = Duration.ofSeconds(5);

  /** Prices of one query of b13 span that much. */
  static final double BAND = 10;

  private Queries() {}
}
