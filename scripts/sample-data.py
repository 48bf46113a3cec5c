"""Writes the sample database: two years of a made-up shop for outdoor gear, in SQLite.

Called by sample-data.mjs as `python sample-data.py <new file>`. Needs the standard library only. Only
`Random.random()` is used: Python keeps its sequence the same in all versions, so the rows are always the same.
"""

import math
import random
import sqlite3
import sys
from bisect import bisect
from datetime import date, datetime, timedelta
from itertools import accumulate

# The stamp in the file's header; sample-data.mjs reads these two lines. Raise VERSION when rows change.
APPLICATION_ID = 0x53484F50
VERSION = 1

ORDERS = 20_000
FIRST_DAY = date(2024, 1, 1)
LAST_DAY = date(2025, 12, 31)
DAYS = [FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1)]

# name, ISO code, share of new customers in 2024 and in 2025
COUNTRIES = [
    ("Germany", "DEU", 22, 18),
    ("United Kingdom", "GBR", 15, 13),
    ("France", "FRA", 13, 13),
    ("United States", "USA", 10, 15),
    ("Netherlands", "NLD", 8, 8),
    ("Spain", "ESP", 7, 8),
    ("Italy", "ITA", 6, 7),
    ("Sweden", "SWE", 5, 5),
    ("Poland", "POL", 4, 6),
    ("Austria", "AUT", 4, 4),
    ("Canada", "CAN", 3, 5),
    ("Australia", "AUS", 2, 4),
    ("Japan", "JPN", 1, 3),
    ("Brazil", "BRA", 1, 2),
]

# name, share at the start, share at the end, share of filled baskets that become an order
CHANNELS = [
    ("Web shop", 46, 34, 0.32),
    ("Mobile app", 16, 34, 0.41),
    ("Marketplace", 22, 15, 0.29),
    ("Social", 6, 11, 0.19),
    ("Partner", 10, 6, 0.38),
]

SEGMENTS = [("Private", 74), ("Club", 17), ("Business", 9)]
PAYMENTS = [("Card", 44), ("Wallet", 31), ("Invoice", 15), ("Instalments", 10)]

# category: weight of every month, share of items that come back, products with price and cost
CATEGORIES = {
    "Camping": (
        [4, 5, 7, 11, 16, 20, 20, 16, 9, 6, 6, 8],
        0.06,
        [
            ("Fjord Tent 2P", 289, 161),
            ("Fjord Tent 4P", 429, 246),
            ("Dusk Sleeping Bag", 149, 77),
            ("Pebble Stove", 64, 29),
            ("Loft Air Mat", 89, 41),
            ("Ember Lantern", 39, 16),
            ("Trail Cookset", 55, 24),
        ],
    ),
    "Hiking": (
        [6, 6, 9, 13, 16, 15, 14, 14, 13, 10, 7, 9],
        0.11,
        [
            ("Granite Boots", 189, 92),
            ("Summit Pack 45", 169, 84),
            ("Creek Daypack", 79, 35),
            ("Carbon Poles", 99, 46),
            ("Drizzle Shell", 219, 103),
            ("Merino Base Layer", 75, 31),
            ("Steel Flask", 29, 10),
        ],
    ),
    "Cycling": (
        [4, 5, 11, 17, 18, 17, 15, 13, 10, 7, 6, 8],
        0.07,
        [
            ("Aero Helmet", 129, 58),
            ("Pannier Pair", 149, 71),
            ("Beacon Light Set", 79, 32),
            ("Bib Shorts", 95, 39),
            ("Floor Pump", 45, 19),
            ("Gravel Bike G1", 1190, 845),
        ],
    ),
    "Running": (
        [13, 10, 12, 13, 12, 10, 9, 9, 12, 10, 9, 9],
        0.15,
        [
            ("Tempo Shoes", 139, 64),
            ("Trail Shoes", 149, 70),
            ("Wind Jacket", 89, 38),
            ("Split Shorts", 45, 16),
            ("Hydration Vest", 109, 49),
            ("Night Headlamp", 69, 28),
        ],
    ),
    "Climbing": (
        [8, 8, 9, 10, 11, 10, 9, 9, 11, 10, 9, 9],
        0.05,
        [
            ("Edge Climbing Shoes", 119, 55),
            ("Aster Harness", 79, 35),
            ("Dry Rope 60 m", 199, 107),
            ("Quickdraw Set", 95, 48),
            ("Boulder Pad", 219, 118),
            ("Chalk Bag", 25, 8),
        ],
    ),
    "Snow": (
        [22, 17, 8, 2, 1, 1, 1, 1, 4, 11, 21, 30],
        0.10,
        [
            ("All-Mountain Skis", 549, 322),
            ("Touring Boots", 449, 262),
            ("Down Parka", 349, 171),
            ("Storm Goggles", 109, 43),
            ("Snowshoes", 179, 92),
            ("Ridge Gloves", 69, 27),
        ],
    ),
}
POPULARITY = [10, 8, 8, 7, 6, 5, 5]  # of the products of a category, in the order above

WEEKDAYS = [1.10, 0.98, 0.94, 0.96, 0.90, 0.98, 1.22]  # Monday first
WORKDAY_HOURS = [2, 1, 1, 1, 1, 2, 4, 8, 11, 12, 14, 17, 22, 18, 14, 14, 16, 20, 25, 32, 37, 34, 22, 9]
WEEKEND_HOURS = [4, 2, 1, 1, 1, 1, 2, 5, 11, 20, 28, 32, 30, 28, 27, 27, 28, 27, 26, 27, 27, 23, 15, 8]

FIRST_NAMES = "Ada Ben Cleo Dario Elin Finn Greta Hugo Ines Jonas Kaya Leo Mila Nils Olga Pia Remy Sara Tom Uma Vera Wim Yara Zoe".split()
LAST_NAMES = "Adler Berg Costa Dubois Eriksen Fischer Garcia Hansen Ivanov Jansen Keller Lopez Moreau Novak Olsen Park Quinn Rossi Sato Torres Ueda Vogel Weber Young".split()

SCHEMA = """
CREATE TABLE customers (
  customer_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  country TEXT NOT NULL,
  country_code TEXT NOT NULL,
  segment TEXT NOT NULL,
  joined_on DATE NOT NULL
);
CREATE TABLE products (
  product_id INTEGER PRIMARY KEY,
  product TEXT NOT NULL,
  category TEXT NOT NULL,
  list_price DECIMAL(10, 2) NOT NULL,
  unit_cost DECIMAL(10, 2) NOT NULL,
  launched_on DATE NOT NULL
);
CREATE TABLE orders (
  order_id INTEGER PRIMARY KEY,
  ordered_at DATETIME NOT NULL,
  customer_id INTEGER NOT NULL REFERENCES customers,
  country TEXT NOT NULL,
  country_code TEXT NOT NULL,
  segment TEXT NOT NULL,
  channel TEXT NOT NULL,
  payment TEXT NOT NULL,
  items INTEGER NOT NULL,
  revenue DECIMAL(10, 2) NOT NULL,
  delivery_days INTEGER NOT NULL
);
CREATE TABLE order_lines (
  order_id INTEGER NOT NULL REFERENCES orders,
  line INTEGER NOT NULL,
  product_id INTEGER NOT NULL REFERENCES products,
  quantity INTEGER NOT NULL,
  returned INTEGER NOT NULL,
  discount DECIMAL(10, 2) NOT NULL,
  revenue DECIMAL(10, 2) NOT NULL,
  cost DECIMAL(10, 2) NOT NULL,
  PRIMARY KEY (order_id, line)
);
CREATE TABLE baskets (
  day DATE NOT NULL,
  country TEXT NOT NULL,
  country_code TEXT NOT NULL,
  channel TEXT NOT NULL,
  filled INTEGER NOT NULL,
  checkout INTEGER NOT NULL,
  address INTEGER NOT NULL,
  payment INTEGER NOT NULL,
  ordered INTEGER NOT NULL,
  PRIMARY KEY (day, country, channel)
);
CREATE INDEX orders_by_time ON orders (ordered_at);
CREATE INDEX orders_by_customer ON orders (customer_id, ordered_at);
"""

rng = random.Random(20240101)


def between(low, high):
    return low + (high - low) * rng.random()


class Wheel:
    """Picks one of `items` with the given weights."""

    def __init__(self, items, weights):
        self.items = list(items)
        self.sums = list(accumulate(weights))

    def pick(self):
        return self.items[min(bisect(self.sums, rng.random() * self.sums[-1]), len(self.items) - 1)]


def progress(day):
    """0 on the first day, 1 on the last."""
    return (day - FIRST_DAY).days / (len(DAYS) - 1)


def black_friday_week(day):
    friday = date(day.year, 11, 29 if day.year == 2024 else 28)
    return -4 <= (day - friday).days <= 3


def summer_sale(day):
    return day.month == 7 and 8 <= day.day <= 21


def day_weight(day):
    season = 1 + 0.10 * math.sin(2 * math.pi * (day.timetuple().tm_yday - 80) / 365)
    weight = (1 + 0.55 * progress(day)) * season * WEEKDAYS[day.weekday()] * between(0.88, 1.12)
    if black_friday_week(day):
        weight *= 2.3
    elif summer_sale(day):
        weight *= 1.35
    elif day.month == 12:
        weight *= 1.45 if day.day <= 20 else 0.75
    elif day.month == 1:
        weight *= 0.85
    return weight


def orders_per_day():
    """Shares out exactly ORDERS orders (largest remainder)."""
    weights = [day_weight(day) for day in DAYS]
    exact = [ORDERS * weight / sum(weights) for weight in weights]
    counts = [int(value) for value in exact]
    by_remainder = sorted(range(len(DAYS)), key=lambda n: (counts[n] - exact[n], n))
    for n in by_remainder[: ORDERS - sum(counts)]:
        counts[n] += 1
    return counts


def make_products():
    rows, by_category = [], {}
    for category, (_, _, products) in CATEGORIES.items():
        for product, price, cost in products:
            launched = date(2021, 1, 1) + timedelta(days=int(between(0, 1000)))
            rows.append((len(rows) + 1, product, category, price, cost, launched.isoformat()))
            by_category.setdefault(category, []).append(rows[-1])
    return rows, {category: Wheel(found, POPULARITY) for category, found in by_category.items()}


class Shop:
    def __init__(self):
        self.products, self.product_wheels = make_products()
        self.customers, self.orders, self.lines, self.baskets = [], [], [], []
        self.segments = Wheel(*zip(*SEGMENTS))
        self.payments = Wheel(*zip(*PAYMENTS))
        self.workday_hours = Wheel(range(24), WORKDAY_HOURS)
        self.weekend_hours = Wheel(range(24), WEEKEND_HOURS)
        self.lines_per_order = Wheel([1, 2, 3, 4], [52, 29, 13, 6])

    def new_customer(self, day):
        at = progress(day)
        country = Wheel(COUNTRIES, [first + (last - first) * at for _, _, first, last in COUNTRIES]).pick()
        name = f"{FIRST_NAMES[int(rng.random() * 24)]} {LAST_NAMES[int(rng.random() * 24)]}"
        row = (len(self.customers) + 1, name, country[0], country[1], self.segments.pick(), day.isoformat())
        self.customers.append(row)
        return row

    def customer_for(self, day):
        if not self.customers or rng.random() < 0.74 - 0.40 * progress(day):
            return self.new_customer(day)
        # Squaring the random number prefers early customers: some become regulars.
        return self.customers[int(rng.random() ** 1.4 * len(self.customers))]

    def add_line(self, order_id, number, day, segment, category):
        product_id, _, _, price, unit_cost, _ = self.product_wheels[category].pick()
        many = 0.30 if segment == "Business" else 0.09
        quantity = 1 + (rng.random() < many) + (rng.random() < many / 2)
        price *= 1.00 if day.year == 2024 else 1.03
        share = 0.20 if black_friday_week(day) else 0.12 if summer_sale(day) else 0.05 if segment == "Club" else 0
        discount = round(quantity * price * share, 2)
        come_back = CATEGORIES[category][1] * (1.25 if day.month in (1, 12) else 1)
        returned = sum(rng.random() < come_back for _ in range(quantity))
        revenue = round(quantity * price - discount, 2)
        cost = round(quantity * unit_cost, 2)
        self.lines.append((order_id, number, product_id, quantity, returned, discount, revenue, cost))
        return quantity, revenue

    def add_order(self, day, channel):
        customer_id, _, country, code, segment, _ = self.customer_for(day)
        hours = self.weekend_hours if day.weekday() >= 5 else self.workday_hours
        moment = datetime(day.year, day.month, day.day, hours.pick(), int(rng.random() * 60), int(rng.random() * 60))
        categories = Wheel(CATEGORIES, [months[day.month - 1] for months, _, _ in CATEGORIES.values()])
        order_id, items, revenue = len(self.orders) + 1, 0, 0.0
        category = categories.pick()
        for number in range(1, self.lines_per_order.pick() + 1):
            if number > 1 and rng.random() > 0.6:  # baskets lean towards one category
                category = categories.pick()
            quantity, amount = self.add_line(order_id, number, day, segment, category)
            items += quantity
            revenue += amount
        delivery = 1 + int(between(0, 3)) + (code in ("USA", "CAN", "AUS", "JPN", "BRA")) * 3 + (day.month == 12)
        self.orders.append(
            (order_id, moment.isoformat(" "), customer_id, country, code, segment, channel, self.payments.pick())
            + (items, round(revenue, 2), delivery)
        )
        return country, code

    def add_baskets(self, day, orders_by_place):
        """How far the day's baskets came: those that became orders, and the more that were left on the way."""
        at = progress(day)
        for name, code, first, last in COUNTRIES:
            for channel, _, _, finished in CHANNELS:
                ordered = orders_by_place.get((name, channel), 0)
                share = (first + (last - first) * at) / 100
                left = int((ordered * 0.85 + 4 * share) * (1 / finished - 1) * between(0.7, 1.3) + rng.random())
                if ordered + left == 0:
                    continue
                payment = ordered + int(left * between(0.05, 0.16) + rng.random())
                address = max(payment, ordered + int(left * between(0.18, 0.30) + rng.random()))
                checkout = max(address, ordered + int(left * between(0.40, 0.56) + rng.random()))
                filled = max(checkout, ordered + left)
                self.baskets.append((day.isoformat(), name, code, channel, filled, checkout, address, payment, ordered))

    def fill(self):
        for day, count in zip(DAYS, orders_per_day()):
            at = progress(day)
            channels = Wheel([c[0] for c in CHANNELS], [first + (last - first) * at for _, first, last, _ in CHANNELS])
            places = {}
            for _ in range(count):
                channel = channels.pick()
                country, _ = self.add_order(day, channel)
                places[country, channel] = places.get((country, channel), 0) + 1
            self.add_baskets(day, places)


def main(file):
    shop = Shop()
    shop.fill()
    connection = sqlite3.connect(file)
    # A new file that nobody reads yet needs no journal.
    connection.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {SCHEMA}")
    for table, rows in (
        ("customers", shop.customers),
        ("products", shop.products),
        ("orders", shop.orders),
        ("order_lines", shop.lines),
        ("baskets", shop.baskets),
    ):
        connection.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(rows[0]))})", rows)
    connection.commit()
    # Last, so that a half-written file never carries the stamp.
    connection.executescript(f"ANALYZE; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION};")
    connection.close()


if __name__ == "__main__":
    main(sys.argv[1])
