import { describe, expect, test } from "vitest";
import { isSecret, maskedSecret, newSecret, signatures } from "./signing.ts";

/** From the documentation of Svix, whose scheme Standard Webhooks is: made by another program than ours. */
const known = {
  secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
  timestamp: 1_614_265_330,
  body: Buffer.from('{"test": 2432232314}'),
  signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
};

test("a signature is the one of Standard Webhooks", () => {
  expect(signatures([known.secret], known)).toBe(known.signature);
});

test("each secret gives one, in their order", () => {
  const other = newSecret();
  const [first, second, ...more] = signatures([other, known.secret], known).split(" ");
  expect([first, second, more]).toEqual([signatures([other], known), known.signature, []]);
});

test("id, time and each byte are signed", () => {
  for (const changed of [
    { id: "msg_2" },
    { timestamp: 1_614_265_331 },
    { body: Buffer.from('{"test": 2432232315}') },
  ]) {
    expect(signatures([known.secret], { ...known, ...changed })).not.toBe(known.signature);
  }
});

test("new secrets are of the right form, differ, and are shown by their end only", () => {
  const [one, other] = [newSecret(), newSecret()];
  expect([isSecret(one), isSecret(other), one === other]).toEqual([true, true, false]);
  expect(maskedSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).toBe("whsec_…LaSw");
});

describe("is no secret:", () => {
  const of = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString("base64")}`;
  test.each([
    ["without its prefix", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    ["too short", of(23)],
    ["too long", of(65)],
    ["not base64", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!"],
    ["base64 that ends too early", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwM"],
  ])("%s", (_what, text) => expect(isSecret(text)).toBe(false));

  test("while 24 and 64 bytes are", () => expect([isSecret(of(24)), isSecret(of(64))]).toEqual([true, true]));
});
