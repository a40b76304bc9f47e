enum MockDevicePlaceholder {}
