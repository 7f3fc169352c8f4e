#!/usr/bin/env python3
"""Makes money_vectors.def: amounts computed with exact fractions, by a fixed seed.

    python3 make_vectors.py > money_vectors.def
"""
import random
from fractions import Fraction

UNIT = Fraction(1, 1024 * 10**23)


def exact(amount):
    """The finite decimal of an amount, without trailing zeros."""
    sign = "-" if amount < 0 else ""
    scaled = abs(amount) * 10**33
    assert scaled.denominator == 1
    digits = str(scaled.numerator).rjust(34, "0")
    text = digits[:-33] + "." + digits[-33:]
    return sign + text.rstrip("0").rstrip(".")


def rounded(amount, decimals):
    """round() of a Fraction rounds half to even."""
    steps = round(abs(amount) * 10**decimals)
    digits = str(steps).rjust(decimals + 1, "0")
    sign = "-" if amount < 0 and steps > 0 else ""
    if decimals == 0:
        return sign + digits
    return sign + digits[:-decimals] + "." + digits[-decimals:]


def price(text):
    return Fraction(text)


def main():
    random.seed(20261123)
    prices = ["0.0000166667", "0.000015", "0.0000133334", "0.00000000000001", "0.00002292",
              "9999.99999999999999", "0.00001561376"]
    requests = ["0.0000002", "0", "0.00000060000000", "1.5"]
    print("/* Made by make_vectors.py: mb_ms, price, requests, price, exact, rounded to cents and 6. */")
    for i in range(400):
        bits = random.randint(1, 44)
        mb_ms = random.getrandbits(bits)
        count = random.getrandbits(random.randint(1, 30))
        one = random.choice(prices)
        other = random.choice(requests)
        amount = Fraction(mb_ms, 1024 * 1000) * price(one) + count * price(other)
        print('MONEY_VECTOR(%d, "%s", %d, "%s", "%s", "%s", "%s")' %
              (mb_ms, one, count, other, exact(amount), rounded(amount, 2), rounded(amount, 6)))
    print("/* mb_ms, price, served, messages, the share exactly as it is rounded to 18 decimals. */")
    for i in range(300):
        mb_ms = random.getrandbits(random.randint(1, 44))
        one = random.choice(prices)
        messages = random.choice([2, 3, 7, 10, 64, 1000, 10000, 2**32 - 1])
        served = random.randint(0, messages - 1)
        amount = Fraction(mb_ms, 1024 * 1000) * price(one)
        share = Fraction(rounded(amount * served / messages, 18))
        print('SHARE_VECTOR(%d, "%s", %du, %du, "%s")' % (mb_ms, one, served, messages, exact(share)))
    # Ties: an amount of exactly half a step of the 18th decimal goes to the even neighbour.
    for mb_ms in range(0, 2049, 64):
        amount = Fraction(mb_ms, 1024 * 1000) * price("0.00000000000001")
        share = Fraction(rounded(amount / 2, 18))
        print('SHARE_VECTOR(%d, "0.00000000000001", 1u, 2u, "%s")' % (mb_ms, exact(share)))


main()
