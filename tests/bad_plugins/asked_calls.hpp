// Between a test and an animal with a thread of its own, which outlives the test: the animal makes each call that it is asked for, for
// ever. Its address goes over the border as text. POSIX semaphores: what std::atomic waits with is another in each library.
#pragma once
#include <semaphore.h>

namespace bad {

class AskedCalls {
 public:
  AskedCalls() { ::sem_init(&asked_, 0, 0), ::sem_init(&made_, 0, 0); }
  AskedCalls(const AskedCalls&) = delete;
  AskedCalls& operator=(const AskedCalls&) = delete;

  // The test's side: returns once the calls are made.
  void ask_for(int calls) {
    for (int i = 0; i < calls; ++i) ::sem_post(&asked_), wait(made_);
  }
  // The animal's side.
  template <class Call>
  void obey_for_ever(Call call) {
    for (;;) wait(asked_), call(), ::sem_post(&made_);
  }

 private:
  static void wait(sem_t& semaphore) {
    while (::sem_wait(&semaphore) != 0) {  // a signal came
    }
  }
  sem_t asked_, made_;
};

}  // namespace bad
