"""An answer in the making: what keys do to it and when it is complete. No widgets here, so tests need no screen."""
