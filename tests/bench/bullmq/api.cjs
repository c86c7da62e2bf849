// Takes jobs over HTTP and answers 202 once Redis has them durably. Environment: PORT, REDIS_SOCKET.
const http = require("node:http");
const { Queue } = require("bullmq");

const queue = new Queue("mail", {
  connection: { path: process.env.REDIS_SOCKET, enableAutoPipelining: true },
  defaultJobOptions: { attempts: 5, backoff: { type: "exponential", delay: 1000 }, removeOnComplete: true },
});

async function take(request, response, chunks) {
  try {
    const job = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    const { id } = await queue.add("mail", job, { jobId: request.headers["idempotency-key"] });
    response.writeHead(202, { "Content-Type": "application/json" }).end(JSON.stringify({ id, status: "accepted" }));
  } catch (error) {
    response.writeHead(503).end(String(error));
  }
}

http
  .createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => take(request, response, chunks));
  })
  .listen(Number(process.env.PORT), "127.0.0.1");
