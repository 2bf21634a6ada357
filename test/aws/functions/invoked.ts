import type { SQSBatchResponse } from "aws-lambda";
import type { PaymentEvent } from "../../../src/domain/payment-event.ts";
import { apiGatewayEvent } from "../../support/aws/api-gateway-event.ts";
import type { Invocable } from "../../support/aws/invocable.ts";
import type { QueuedMessage } from "../../support/aws/sqs/start-sqs.ts";
import type { FunctionsWorld } from "./functions-world.ts";
import { stripeDelivery } from "./stripe-delivery.ts";

/** Keeps what a function with batches answered. */
export function withAnswers(target: Invocable): Invocable & { readonly answers: readonly SQSBatchResponse[] } {
  const answers: SQSBatchResponse[] = [];
  return {
    ...target,
    answers,
    async invoke(event, options) {
      const answer = await target.invoke(event, options);
      answers.push(answer as SQSBatchResponse);
      return answer;
    },
  };
}

/** Sends an event through the receiver and gives it as it is in the queue. */
export async function received(
  world: FunctionsWorld,
  receiver: Invocable,
  request: Parameters<typeof stripeDelivery>[0],
): Promise<QueuedMessage & { readonly event: PaymentEvent }> {
  await receiver.invoke(apiGatewayEvent({ path: "/webhooks/stripe", ...stripeDelivery(request) }));
  const message = world.aws.sqs.messages(world.stack.names.queue.url).at(-1);
  if (message === undefined) throw new Error("the event is not in the queue");
  return { ...message, event: (JSON.parse(message.body) as { event: PaymentEvent }).event };
}
