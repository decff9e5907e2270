// The key of a windowed result, in the bytes that ksqlDB and the engine give it, which no SQL function of Flink makes: the
// customer, then the times of the window, each eight bytes.

import java.nio.ByteBuffer;
import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.functions.ScalarFunction;

public final class WindowKey extends ScalarFunction {
  private static final String TIME = "TIMESTAMP(3)";

  public byte[] eval(Long id, @DataTypeHint(value = TIME, bridgedTo = TimestampData.class) TimestampData start) {
    return ByteBuffer.allocate(16).putLong(id).putLong(start.getMillisecond()).array();
  }

  public byte[] eval(Long id, @DataTypeHint(value = TIME, bridgedTo = TimestampData.class) TimestampData end,
      @DataTypeHint(value = TIME, bridgedTo = TimestampData.class) TimestampData start) {
    return ByteBuffer.allocate(24).putLong(id).putLong(end.getMillisecond()).putLong(start.getMillisecond()).array();
  }
}
