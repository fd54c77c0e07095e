"""Lambda: functions in their own processes, and the event sources that invoke them."""
