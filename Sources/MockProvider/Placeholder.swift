enum MockProviderPlaceholder {}
