"""Lambda: functions in processes of their own, and everything that invokes them."""
