// Doubles as every Java from 19 on writes them; that of Java 17 now and then writes a digit too many, and the check of the
// results would refuse it. Jackson has a writer that does not, and is faster, but Flink's JSON format has no option for it.

import java.lang.reflect.Field;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonFactory;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonGenerator;

final class Doubles {
  private Doubles() {}

  /** Makes it the default of Flink's copy of Jackson. Must be called before anything else uses that. */
  @SuppressWarnings("deprecation")
  static void writeShortest() throws ReflectiveOperationException {
    Field byDefault = JsonGenerator.Feature.class.getDeclaredField("_defaultState");
    byDefault.setAccessible(true);
    byDefault.setBoolean(JsonGenerator.Feature.USE_FAST_DOUBLE_WRITER, true);
    if (!new JsonFactory().isEnabled(JsonGenerator.Feature.USE_FAST_DOUBLE_WRITER)) {
      throw new IllegalStateException("Flink's Jackson was in use before its defaults were set");
    }
  }
}
