// A row as ksqlDB has it while a query runs: a list of boxed values, columns known by their place.

import java.util.ArrayList;
import java.util.Arrays;

record Row(ArrayList<Object> values) {
  static Row withRoomFor(int columns) {
    return new Row(new ArrayList<>(columns));
  }

  static Row of(Object... values) {
    return new Row(new ArrayList<>(Arrays.asList(values)));
  }

  Row add(Object value) {
    values.add(value);
    return this;
  }

  Object at(int column) {
    return values.get(column);
  }
}
