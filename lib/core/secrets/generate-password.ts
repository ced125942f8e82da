const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const LENGTH = 40;
/** Bytes from here on would make the first letters of the alphabet likelier than the others. */
const FAIR_BYTES = 256 - (256 % ALPHABET.length);

/**
 * A password of 40 letters and digits, 238 bits of chance.
 *
 * @param random - gives so many random bytes.
 */
export function generatePassword(random: (count: number) => Uint8Array): string {
  let password = '';
  while (password.length < LENGTH) {
    for (const byte of random(LENGTH - password.length)) {
      if (byte < FAIR_BYTES) password += ALPHABET.charAt(byte % ALPHABET.length);
    }
  }
  return password;
}
