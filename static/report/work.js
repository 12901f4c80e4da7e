// Proof of work, aside from the page: finds a number such that SHA-256 of "challenge:number" begins with `bits` zero
// bits (safeguards/proof_of_work.py). Plain arithmetic: it works without TLS, and is quicker than one promise a try.

const primes = [];
for (let number = 2; primes.length < 64; number++) if (primes.every(prime => number % prime)) primes.push(number);
const fraction = root => ((root - Math.floor(root)) * 2 ** 32) | 0;
const START = primes.slice(0, 8).map(prime => fraction(Math.sqrt(prime)));
const ROUNDS = primes.map(prime => fraction(Math.cbrt(prime)));
const words = new Int32Array(64);
const turn = (word, by) => (word >>> by) | (word << (32 - by));

// The first 32 bits of the digest of an ASCII text of at most 55 characters: one block (FIPS 180-4).
function firstWord(text) {
  words.fill(0, 0, 16);
  for (let at = 0; at < text.length; at++) words[at >> 2] |= text.charCodeAt(at) << (24 - (at % 4) * 8);
  words[text.length >> 2] |= 0x80 << (24 - (text.length % 4) * 8);
  words[15] = text.length * 8;
  for (let at = 16; at < 64; at++) {
    const one = words[at - 15], two = words[at - 2];
    const low = turn(one, 7) ^ turn(one, 18) ^ (one >>> 3), high = turn(two, 17) ^ turn(two, 19) ^ (two >>> 10);
    words[at] = words[at - 16] + low + words[at - 7] + high;
  }
  let [a, b, c, d, e, f, g, h] = START;
  for (let at = 0; at < 64; at++) {
    const mixed = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + ROUNDS[at] + words[at];
    const carried = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + mixed) | 0, c, b, a, (mixed + carried) | 0];
  }
  return (START[0] + a) >>> 0;
}

onmessage = ({ data: { challenge, bits } }) => {
  let answer = 0;
  while (firstWord(`${challenge}:${answer}`) >>> (32 - bits)) answer++;
  postMessage(String(answer));
};
