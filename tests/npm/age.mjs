// A command line for the npm package `age-encryption`, the tests' post-quantum oracle:
//   node age.mjs keygen                        prints a post-quantum identity and its recipient
//   node age.mjs encrypt [--armor] RECIPIENT...      stdin to stdout
//   node age.mjs decrypt IDENTITY...                 stdin to stdout, armored or not
//   node age.mjs encrypt-passphrase | decrypt-passphrase PASSPHRASE
import { readFileSync, writeFileSync } from "node:fs";
import * as age from "age-encryption";

const [command, ...rest] = process.argv.slice(2);
const input = () => new Uint8Array(readFileSync(0));
const output = (data) => writeFileSync(1, data);

function dearmored(data) {
  const text = new TextDecoder("latin1").decode(data);
  return text.startsWith("-----BEGIN") ? age.armor.decode(text) : data;
}

async function encrypt(prepare, armor) {
  const encrypter = new age.Encrypter();
  prepare(encrypter);
  const sealed = await encrypter.encrypt(input());
  output(armor ? age.armor.encode(sealed) : sealed);
}

async function decrypt(prepare) {
  const decrypter = new age.Decrypter();
  prepare(decrypter);
  output(await decrypter.decrypt(dearmored(input())));
}

switch (command) {
  case "keygen": {
    const identity = await age.generateHybridIdentity();
    output(`${identity}\n${await age.identityToRecipient(identity)}\n`);
    break;
  }
  case "encrypt": {
    const recipients = rest.filter((word) => word !== "--armor");
    await encrypt((e) => recipients.forEach((r) => e.addRecipient(r)), rest.includes("--armor"));
    break;
  }
  case "decrypt":
    await decrypt((d) => rest.forEach((identity) => d.addIdentity(identity)));
    break;
  case "encrypt-passphrase":
    await encrypt((e) => e.setPassphrase(rest[0]), false);
    break;
  case "decrypt-passphrase":
    await decrypt((d) => d.addPassphrase(rest[0]));
    break;
  default:
    throw new Error(`unknown command: ${command}`);
}
