#include "scripted_smsc.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace messo::test {

using smpp::Pdu;

void ScriptedSmsc::Line::send_bytes(const std::string& bytes) {
  const std::scoped_lock hold(mutex_);
  std::size_t done = 0;
  while (socket_ >= 0 && done < bytes.size()) {
    const auto rest = bytes.size() - done;
    const auto sent = tls_ != nullptr ? SSL_write(tls_, bytes.data() + done, static_cast<int>(rest))
                                      : static_cast<int>(::send(socket_, bytes.data() + done, rest, MSG_NOSIGNAL));
    if (sent <= 0) return;
    done += static_cast<std::size_t>(sent);
  }
}

void ScriptedSmsc::Line::hang_up() {
  const std::scoped_lock hold(mutex_);
  if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
}

ScriptedSmsc::ScriptedSmsc(const std::string& certificate, const std::string& key) {
  if (!certificate.empty()) {
    tls_ = SSL_CTX_new(TLS_server_method());
    if (SSL_CTX_use_certificate_chain_file(tls_, certificate.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(tls_, key.c_str(), SSL_FILETYPE_PEM) != 1)
      throw std::runtime_error("certificate");
  }
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0)
    throw std::runtime_error("listen");
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

ScriptedSmsc::~ScriptedSmsc() {
  stop_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  hang_up_all();
  for (auto& thread : threads_) thread.join();
  ::close(listener_);
  if (tls_ != nullptr) SSL_CTX_free(tls_);
}

void ScriptedSmsc::on_pdu(Hook hook) {
  const std::scoped_lock hold(hook_mutex_);
  hook_ = std::move(hook);
}

std::vector<ScriptedSmsc::LinePtr> ScriptedSmsc::lines() {
  const std::scoped_lock hold(mutex_);
  std::vector<LinePtr> out;
  std::ranges::copy_if(lines_, std::back_inserter(out), [](const auto& line) { return line->bound.load(); });
  return out;
}

std::uint32_t ScriptedSmsc::deliver(smpp::Body body) {
  std::unique_lock hold(mutex_);
  const auto receiver = std::ranges::find_if(
      lines_.rbegin(), lines_.rend(), [](const auto& line) { return line->bound.load() && line->role != smpp::BindRole::transmitter; });
  if (receiver == lines_.rend()) throw std::runtime_error("nobody is bound to receive");
  const auto line = *receiver;
  const auto sequence = next_++;
  hold.unlock();
  line->send({0, sequence, std::move(body)});
  hold.lock();
  std::uint32_t status = 0;
  const auto answered = [&] {
    return std::ranges::any_of(seen_, [&](const auto& one) {
      status = one.second.status;
      return one.second.sequence == sequence && smpp::is_response(one.first);
    });
  };
  if (!changed_.wait_for(hold, std::chrono::seconds(10), answered)) throw std::runtime_error("no response to deliver_sm");
  return status;
}

std::vector<smpp::SubmitSm> ScriptedSmsc::submits() {
  const std::scoped_lock hold(mutex_);
  return submits_;
}

std::size_t ScriptedSmsc::count(smpp::CommandId id) {
  const std::scoped_lock hold(mutex_);
  return static_cast<std::size_t>(std::ranges::count(seen_, id, &std::pair<smpp::CommandId, Pdu>::first));
}

void ScriptedSmsc::hang_up_all() {
  const std::scoped_lock hold(mutex_);
  for (const auto& line : lines_) line->hang_up();
}

std::string ScriptedSmsc::id_of(std::size_t number) { return fmt::format("{:08X}", 0xA0 + number); }

void ScriptedSmsc::accept_all() {
  while (!stop_) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) continue;
    auto line = std::make_shared<Line>();
    line->socket_ = socket;
    const std::scoped_lock hold(mutex_);
    lines_.push_back(line);
    threads_.emplace_back([this, line] { serve(line); });
  }
}

void ScriptedSmsc::serve(const LinePtr& line) {
  if (tls_ != nullptr) {
    auto* tls = SSL_new(tls_);
    SSL_set_fd(tls, line->socket_);
    if (SSL_accept(tls) == 1) {
      line->tls_ = tls;
    } else {
      line->hang_up();
      SSL_free(tls);
    }
  }
  std::string in;
  std::array<char, 65536> buffer{};
  for (;;) {
    const auto got = line->tls_ != nullptr ? SSL_read(line->tls_, buffer.data(), static_cast<int>(buffer.size()))
                                           : static_cast<int>(::recv(line->socket_, buffer.data(), buffer.size(), 0));
    if (got <= 0) break;
    in.append(buffer.data(), static_cast<std::size_t>(got));
    while (auto one = smpp::decode(in)) {
      in.erase(0, one->consumed);
      if (one->pdu) take(*line, *one->pdu);
    }
  }
  line->bound = false;
  const std::scoped_lock hold(line->mutex_);
  if (line->tls_ != nullptr) SSL_free(std::exchange(line->tls_, nullptr));
  ::close(std::exchange(line->socket_, -1));
}

void ScriptedSmsc::take(Line& line, const Pdu& pdu) {
  std::size_t number = 0;
  {
    const std::scoped_lock hold(mutex_);
    seen_.emplace_back(smpp::command_id(pdu.body), pdu);
    number = submits_.size();
    if (const auto* submit = std::get_if<smpp::SubmitSm>(&pdu.body)) submits_.push_back(*submit);
  }
  changed_.notify_all();
  {
    const std::scoped_lock hold(hook_mutex_);
    if (hook_ && hook_(line, pdu)) return;
  }
  if (const auto* bind = std::get_if<smpp::BindRequest>(&pdu.body)) {
    line.role = bind->role;
    line.send({0, pdu.sequence, smpp::BindResponse{bind->role, "scripted", {}}});
    line.bound = true;
  } else if (std::holds_alternative<smpp::SubmitSm>(pdu.body)) {
    line.send({0, pdu.sequence, smpp::SubmitSmResponse{id_of(number), {}}});
  } else if (std::holds_alternative<smpp::EnquireLink>(pdu.body)) {
    line.send({0, pdu.sequence, smpp::EnquireLinkResponse{}});
  } else if (std::holds_alternative<smpp::Unbind>(pdu.body)) {
    line.send({0, pdu.sequence, smpp::UnbindResponse{}});
    line.hang_up();
  }
}

smpp::DeliverSm receipt_for(const std::string& id, const std::string& stat, const std::string& phone) {
  smpp::DeliverSm out;
  out.source_addr_ton = 1, out.source_addr_npi = 1, out.source_addr = phone;
  out.dest_addr_ton = 5, out.destination_addr = "Comune";
  out.esm_class = smpp::kEsmClassReceipt;
  out.short_message =
      fmt::format("id:{} sub:001 dlvrd:001 submit date:2611221700 done date:2611221701 stat:{} err:012 text:Gentile", id, stat);
  return out;
}

}  // namespace messo::test
