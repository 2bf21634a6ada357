import { expect, test } from "vitest";
import { defineHandler, type OnEvent, PermanentError } from "./index.ts";

test("defineHandler gives back the function it was given", () => {
  const onEvent: OnEvent = async (event, context) => context.log.info(event.eventId);
  expect(defineHandler(onEvent)).toBe(onEvent);
});

test("a PermanentError says that another try cannot help", () => {
  const error = new PermanentError("account closed");
  expect(error).toMatchObject({ name: "PermanentError", permanent: true, message: "account closed" });
  expect(error).toBeInstanceOf(Error);
});
