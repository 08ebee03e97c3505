// Ed25519 by the browser. Where it has none, signatures are not checked, and that is said.

import { bytesOf, type Json, ofHex } from './text';

/** A signature that holds (RFC 8032, section 7.1, test 2): whoever refuses it cannot check any. */
const SAMPLE = {
  key: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
  text: 'r',
  signature:
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
    '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
};

/** A log has few keys and signs with each of them many times. */
const imported = new Map<string, Promise<CryptoKey>>();

function importedKey(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const known = imported.get(name);
  const key = known ?? crypto.subtle.importKey('raw', bytes, { name: 'Ed25519' }, false, ['verify']);
  imported.set(name, key);
  return key;
}

export async function isSigned(
  key: Json | undefined,
  text: string,
  signature: Json | undefined,
): Promise<boolean> {
  const [own, signed] = [ofHex(key, 32), ofHex(signature, 64)];
  if (!own || !signed) return false;
  try {
    const verifying = await importedKey(String(key), own);
    return await crypto.subtle.verify({ name: 'Ed25519' }, verifying, signed, bytesOf(text));
  } catch {
    return false;
  }
}

export function canCheckSignatures(): Promise<boolean> {
  return isSigned(SAMPLE.key, SAMPLE.text, SAMPLE.signature);
}
