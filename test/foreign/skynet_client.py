# Skynet client: login and message servers from another language, built from docs/clients.md alone.
# A program of its own for the tests; it needs Python 3 and nothing else, and shares no line with
# client/ or wire/: what it can do is a matter of the protocols.
# Invariant: every wait ends after TIMEOUT_SECONDS, and the program with it.

import argparse
import base64
import math
import os
import socket
import struct

TIMEOUT_SECONDS = 20


def b64(data):
    return base64.b64encode(data).decode()


# Arithmetic: words of 64 bits are little-endian.

PRIME = 2**64 - 59
WORD = 2**32 - 1


def exchange(key):
    return pow(5, int.from_bytes(key, "little"), PRIME).to_bytes(8, "little")


def secret_of(exchanged, key):
    base, power = int.from_bytes(exchanged, "little"), int.from_bytes(key, "little")
    return pow(base, power, PRIME).to_bytes(8, "little")


def hashkey(text):
    djb, js = 5381, 1315423911
    for byte in text:
        djb = (djb * 33 + byte) & WORD
        js ^= (js * 32 + byte + (js >> 2)) & WORD
    return struct.pack("<II", djb, js)


SINES = [int(abs(math.sin(step + 1)) * 2**32) for step in range(64)]
TURNS = [7, 12, 17, 22] * 4 + [5, 9, 14, 20] * 4 + [4, 11, 16, 23] * 4 + [6, 10, 15, 21] * 4


def md5_block(words):
    """One block of MD5 from its start values, which are not added at the end."""
    a, b, c, d = 0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476
    for step in range(64):
        mixed, at = [
            ((b & c) | (~b & d), step),
            ((d & b) | (~d & c), 5 * step + 1),
            (b ^ c ^ d, 3 * step + 5),
            (c ^ (b | ~d), 7 * step),
        ][step // 16]
        total = (a + (mixed & WORD) + SINES[step] + words[at % 16]) & WORD
        turned = total << TURNS[step] | total >> (32 - TURNS[step])
        a, b, c, d = d, (b + turned) & WORD, b, c
    return a, b, c, d


def hmac64(x, y):
    (x_low, x_high), (y_low, y_high) = struct.unpack("<II", x), struct.unpack("<II", y)
    a, b, c, d = md5_block([x_high, x_low, y_high, y_low] * 4)
    return struct.pack("<II", c ^ d, a ^ b)


# DES, by FIPS 46-3: tables name bits from 1, the highest first; here bits are lists of 0 and 1.

FIRST = [start - 8 * n for start in (58, 60, 62, 64, 57, 59, 61, 63) for n in range(8)]
LAST = [FIRST.index(bit) + 1 for bit in range(1, 65)]
SPREAD = [(4 * box + n - 1) % 32 + 1 for box in range(8) for n in range(6)]
MIX = [
    *(16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10),
    *(2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25),
]
KEY_HALVES = [
    *(57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3),
    *(60, 52, 44, 36, 63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37),
    *(29, 21, 13, 5, 28, 20, 12, 4),
]
KEY_OF_ROUND = [
    *(14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2),
    *(41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36),
    *(29, 32),
]
KEY_TURNS = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1]
BOXES = [
    "e4d12fb83a6c59070f74e2d1a6cb953841e8d62bfc973a50fc8249175b3ea06d",
    "f18e6b34972dc05a3d47f28ec01a69b50e7ba4d158c6932fd8a13f42b67c05e9",
    "a09e63f51dc7b428d709346a285ecbf1d6498f30b12c5ae71ad069874fe3b52c",
    "7de3069a1285bc4fd8b56f03472c1ae9a690cb7df13e52843f06a1d8945bc72e",
    "2c417ab6853fd0e9eb2c47d150fa3986421bad78f9c5630eb8c71e2d6f09a453",
    "c1af92680d34e75baf427c9561de0b389ef528c3704a1db6432c95fabe17608d",
    "4b2ef08d3c975a61d0b7491ae35c2f8614bdc37eaf6805926bd814a7950fe23c",
    "d2846fb1a93e50c71fd8a374c56b0e927b419ce206adf35821e74a8dfc90356b",
]


def bits_of(number, count):
    return [number >> (count - 1 - n) & 1 for n in range(count)]


def number_of(bits):
    return int("".join(map(str, bits)), 2)


def chosen(bits, table):
    return [bits[place - 1] for place in table]


def round_keys(key):
    halves = chosen(bits_of(int.from_bytes(key, "big"), 64), KEY_HALVES)
    left, right = halves[:28], halves[28:]
    for turn in KEY_TURNS:
        left, right = left[turn:] + left[:turn], right[turn:] + right[:turn]
        yield chosen(left + right, KEY_OF_ROUND)


def scrambled(half, key):
    spread = [bit ^ other for bit, other in zip(chosen(half, SPREAD), key)]
    bits = []
    for box, digits in enumerate(BOXES):
        six = spread[6 * box : 6 * box + 6]
        row, column = number_of([six[0], six[5]]), number_of(six[1:5])
        bits += bits_of(int(digits[16 * row + column], 16), 4)
    return chosen(bits, MIX)


def des_block(keys, block):
    bits = chosen(bits_of(int.from_bytes(block, "big"), 64), FIRST)
    left, right = bits[:32], bits[32:]
    for key in keys:
        left, right = right, [bit ^ other for bit, other in zip(left, scrambled(right, key))]
    return number_of(chosen(right + left, LAST)).to_bytes(8, "big")


def desencode(key, text):
    padded = text + b"\x80"
    padded += bytes(-len(padded) % 8)
    keys = list(round_keys(key))
    return b"".join(des_block(keys, padded[at : at + 8]) for at in range(0, len(padded), 8))


# Conversations


class Refused(Exception):
    """The server's own words."""


def connected(address):
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), TIMEOUT_SECONDS)


def login(address, user, server, password, key=None):
    """Gives the secret and the subid."""
    key = key or os.urandom(7) + b"\1"
    with connected(address) as stream, stream.makefile("rwb") as lines:

        def say(data):
            lines.write(b64(data).encode() + b"\n")
            lines.flush()

        def line():
            words = lines.readline().decode().rstrip("\n")
            if words[3:4] == " " and not words.startswith("200 "):
                raise Refused(words)
            return words

        challenge = base64.b64decode(line())
        say(exchange(key))
        secret = secret_of(base64.b64decode(line()), key)
        say(hmac64(challenge, secret))
        words = [b64(word.encode()) for word in (user, server, password)]
        say(desencode(secret, "{}@{}:{}".format(*words).encode()))
        return secret, base64.b64decode(line()[4:]).decode()


def handshake_text(secret, user, server, subid, index):
    name = "{}@{}#{}".format(*(b64(word.encode()) for word in (user, server, subid)))
    text = f"{name}:{index}"
    return f"{text}:{b64(hmac64(hashkey(text.encode()), secret))}"


class MessageServer:
    """One connection, from its handshake on."""

    def __init__(self, address, handshake):
        self.stream = connected(address)
        self.send(handshake.encode())
        status = self.receive().decode()
        if status != "200 OK":
            raise Refused(status)

    def send(self, body):
        self.stream.sendall(struct.pack(">H", len(body)) + body)

    def receive(self):
        (length,) = struct.unpack(">H", self.read(2))
        return self.read(length)

    def read(self, count):
        data = b""
        while len(data) < count:
            more = self.stream.recv(count - len(data))
            if not more:
                raise Refused("the connection has ended")
            data += more
        return data

    def ask(self, content, session):
        self.send(content.encode() + struct.pack(">I", session))

    def answer(self):
        """Session, whether the handler succeeded, and the content."""
        body = self.receive()
        is_good, session = struct.unpack(">BI", body[-5:])
        return session, is_good == 1, body[:-5].decode()

    def close(self):
        self.stream.close()


# What a test has it do


def check():
    """The checks of docs/clients.md."""
    assert hashkey(b"hello").hex() == "9930920fcbef1867"
    assert hmac64(b"01234567", b"abcdefgh").hex() == "d80cb7dad6823cb5"
    assert exchange(b"11111111").hex() == "d58a469cfded705e"
    assert desencode(b"12345678", b"hello world").hex() == "28dba02eb5f6dd4706b5c56593dcbe2c"
    secret = secret_of(exchange(b"BBBBBBBB"), b"AAAAAAAA")
    assert secret.hex() == "05f66ce34109f836"
    expected = "aGVsbG8=@c2FtcGxl#MQ==:1:tNFLPMbApiw="
    assert handshake_text(secret, "hello", "sample", "1", 1) == expected


def refusal(address, handshake):
    try:
        MessageServer(address, handshake).close()
        return "accepted"
    except Refused as refused:
        return str(refused)


def play(given):
    """Login, messages, a lost connection, messages again, and what a server must refuse."""
    who = (given.user, given.server)
    key = given.key.encode() if given.key else None
    secret, subid = login(given.login, *who, given.password, key)
    print("login", subid)

    def proof(index, of=secret, user=given.user):
        return handshake_text(of, user, given.server, subid, index)

    def conversation(index, *requests):
        server = MessageServer(given.messages, proof(index))
        for session, content in requests:
            server.ask(content, session)
        answers = sorted(server.answer() for _ in requests)
        for session, is_good, content in answers:
            print("answer", index, session, "good" if is_good else "failed", content)
        server.close()

    conversation(1, (0, "echo"), (1, "second"))
    conversation(2, (0, "fake"), (2, "again"))
    print("index used", refusal(given.messages, proof(2)))
    print("index no number", refusal(given.messages, proof("x")))
    print("wrong secret", refusal(given.messages, proof(3, of=b"12345678")))
    print("wrong user", refusal(given.messages, proof(3, user="nobody")))
    conversation(7, (1, "fake"))
    try:
        login(given.login, *who, "not the password")
    except Refused as refused:
        print("wrong password", refused)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true", help="only the arithmetic")
    parser.add_argument("--login", help="HOST:PORT of the login server")
    parser.add_argument("--messages", help="HOST:PORT of the message server")
    parser.add_argument("--user", default="hello")
    parser.add_argument("--server", default="sample")
    parser.add_argument("--password", default="password")
    parser.add_argument("--key", help="eight letters in place of chance")
    given = parser.parse_args()
    check()
    if given.check:
        print("checked")
    else:
        play(given)


main()
