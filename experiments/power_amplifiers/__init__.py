"""Power amplifiers: gain and efficiency over the drive, class A against class AB."""
