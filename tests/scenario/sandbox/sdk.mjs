// The AWS SDK as it is, pointed at the sandbox.  usage: node sdk.mjs ENDPOINT
import { createRequire } from "node:module";

const require = createRequire(new URL("../../../sandbox/sample/package.json", import.meta.url));
const { LambdaClient, InvokeCommand } = require("@aws-sdk/client-lambda");
const { SQSClient, GetQueueUrlCommand, SendMessageCommand, SendMessageBatchCommand } =
    require("@aws-sdk/client-sqs");
const settings = {
    endpoint: process.argv[2],
    region: "us-east-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    maxAttempts: 1,
};
const lambda = new LambdaClient(settings);
const sqs = new SQSClient(settings);
const out = {};

const text = (payload) => new TextDecoder().decode(payload);
const answer = await lambda.send(new InvokeCommand({
    FunctionName: "f", Payload: JSON.stringify({ answer: { a: 1 } }), LogType: "Tail",
    ClientContext: Buffer.from(JSON.stringify({ custom: { k: "v" } })).toString("base64"),
}));
out.invoke = [answer.StatusCode, answer.ExecutedVersion, text(answer.Payload),
    Buffer.from(answer.LogResult, "base64").toString().includes("REPORT RequestId")];
const failed = await lambda.send(new InvokeCommand({
    FunctionName: "arn:aws:lambda:us-east-1:123456789012:function:f:live",
    Payload: JSON.stringify({ fail: "so" }),
}));
out.failed = [failed.FunctionError, JSON.parse(text(failed.Payload)).errorMessage];
out.event = (await lambda.send(new InvokeCommand({
    FunctionName: "f", InvocationType: "Event", Payload: "{}",
}))).StatusCode;
out.unknown = await lambda.send(new InvokeCommand({ FunctionName: "nobody" }))
    .catch((error) => [error.name, error.$metadata.httpStatusCode]);
const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: "orders" }));
const sent = await sqs.send(new SendMessageCommand({
    QueueUrl, MessageBody: "{\"n\": 1}",
    MessageAttributes: { traceparent: { DataType: "String", StringValue: "00-x" } },
}));
out.sent = Boolean(sent.MessageId);
const batch = await sqs.send(new SendMessageBatchCommand({
    QueueUrl, Entries: [{ Id: "a", MessageBody: "{\"n\": 2}" },
        { Id: "b", MessageBody: "{\"n\": 3}" }],
}));
out.batch = batch.Successful.map((entry) => entry.Id);
out.missing = await sqs.send(new GetQueueUrlCommand({ QueueName: "nothing" }))
    .catch((error) => error.name);
console.log(JSON.stringify(out));
