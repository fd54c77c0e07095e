"""moto: the emulator of AWS's data services, its patches, and clients for it."""
