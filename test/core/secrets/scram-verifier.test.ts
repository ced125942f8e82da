import { createHmac, hash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { isVerifierOf, scramVerifier } from '../../../lib/core/secrets/scram-verifier.ts';

/** The exchange that RFC 7677 prints in section 3, of a user whose password is "pencil". */
const SALT = 'W22ZaJ0SNY7soEsUEjb6gQ==';
const NONCE = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
const AUTH_MESSAGE = `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${NONCE},s=${SALT},i=4096,c=biws,r=${NONCE}`;
const CLIENT_PROOF = 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=';
const SERVER_SIGNATURE = '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=';

const VERIFIER = /^SCRAM-SHA-256\$4096:(?<salt>[^$]+)\$(?<stored>[^:]+):(?<server>.+)$/;

describe('scramVerifier', () => {
  test('holds the keys by which the exchange of RFC 7677 is proven', () => {
    const verifier = scramVerifier('pencil', Buffer.from(SALT, 'base64'));
    const { salt, stored = '', server = '' } = VERIFIER.exec(verifier)?.groups ?? {};
    expect(salt).toBe(SALT);
    const sign = (key: Buffer): Buffer => createHmac('sha256', key).update(AUTH_MESSAGE).digest();
    expect(sign(Buffer.from(server, 'base64')).toString('base64')).toBe(SERVER_SIGNATURE);
    const storedKey = Buffer.from(stored, 'base64');
    const signature = sign(storedKey);
    const clientKey = Buffer.from(CLIENT_PROOF, 'base64').map(
      (byte, i) => byte ^ (signature[i] ?? 0),
    );
    expect(hash('sha256', clientKey, 'base64')).toBe(stored);
  });

  test('holds nothing that SQL would have to quote', () => {
    expect(scramVerifier("it's", Buffer.alloc(16, 7))).toMatch(/^[A-Za-z0-9+/=:$-]+$/);
  });

  test.each(['', 'pässword', 'tab\tbed', '\u{1F511}'])(
    'refuses a password to be normalised: %j',
    (password) => {
      expect(() => scramVerifier(password, Buffer.alloc(16))).toThrowError(
        expect.objectContaining({ code: 'SECRET-MALFORMED' }),
      );
    },
  );
});

describe('isVerifierOf', () => {
  test('tells the password that a verifier was made of from every other', () => {
    const verifier = scramVerifier('pencil', Buffer.from(SALT, 'base64'));
    expect(isVerifierOf(verifier, 'pencil')).toBe(true);
    expect(isVerifierOf(verifier, 'Pencil')).toBe(false);
  });

  test('is false for what is no verifier, or of another kind', () => {
    for (const text of [
      '',
      'pencil',
      'md5d41d8cd98f00b204e9800998ecf8427e',
      'SCRAM-SHA-256$1:x$y:z',
    ])
      expect(isVerifierOf(text, 'pencil')).toBe(false);
  });
});
