"""Training in PyTorch: of a network from nothing, and of a quantised one a little further."""

from dataclasses import dataclass
from typing import Any

from genrf.accel.data import Split


@dataclass(frozen=True)
class Training:
    """Adam with a learning rate that falls to zero along a cosine (Loshchilov and Hutter, arXiv:1608.03983)."""

    epochs: int
    learning_rate: float = 3e-3
    batch: int = 64
    decay: float = 1e-3
    seed: int = 0

    def fit(self, make: Any, data: Split) -> Any:
        """The module that `make()` gives, trained on `data`, for evaluation. The same seed gives the same weights."""
        import torch

        threads = torch.get_num_threads()
        torch.set_num_threads(1)  # more would add in another order, and give other weights
        with torch.random.fork_rng():
            torch.manual_seed(self.seed)
            module = make()
            images, labels = _tensors(data)
            optimizer = torch.optim.AdamW(module.parameters(), self.learning_rate, weight_decay=self.decay)
            steps = self.epochs * -(-len(labels) // self.batch)
            schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
            module.train()
            for _ in range(self.epochs):
                for chosen in torch.randperm(len(labels)).split(self.batch):
                    loss = torch.nn.functional.cross_entropy(module(images[chosen]), labels[chosen])
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
                    schedule.step()
        torch.set_num_threads(threads)
        return module.eval()


def _tensors(data: Split) -> Any:
    import torch

    return torch.tensor(data.images, dtype=torch.float32), torch.tensor(data.labels, dtype=torch.long)
