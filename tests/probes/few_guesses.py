"""Allow only a few guesses of passwords from one address."""

from limits import RateLimitItemPerMinute

from final.web import throttle

throttle.PER_ADDRESS = RateLimitItemPerMinute(3, 15)
