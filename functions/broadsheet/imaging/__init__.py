"""From the bytes of any picture that browsers show to the variants that pages show: no AWS, no clock."""
